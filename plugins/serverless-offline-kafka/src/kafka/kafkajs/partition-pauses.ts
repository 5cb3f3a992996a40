interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** Pauses and resumes a partition of a consumer. Must not throw, even if the consumer has ended. */
interface Steering {
  readonly pause: (place: Place) => void;
  readonly resume: (place: Place) => void;
}

/** The delay before a partition with unreadable records is retried: they may have been deleted. */
const RETRY_MS = 5_000;

/** Keeps a partition paused while its reader requests it or while its next record cannot be read. */
export class PartitionPauses {
  readonly #steering: Steering;
  readonly #paused = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #unreadable = new Map<string, bigint>();

  constructor(steering: Steering) {
    this.#steering = steering;
  }

  pause(place: Place): void {
    this.#paused.add(nameOf(place));
    this.#apply(place);
  }

  resume(place: Place): void {
    this.#paused.delete(nameOf(place));
    this.#apply(place);
  }

  isPaused(place: Place): boolean {
    return this.#paused.has(nameOf(place)) || this.#waiting.has(nameOf(place));
  }

  /** Pauses a partition whose next record cannot be read. Returns whether this is the first time for this offset. */
  wait(place: Place, offset: bigint): boolean {
    const name = nameOf(place);
    const isFirst = this.#unreadable.get(name) !== offset;
    this.#unreadable.set(name, offset);
    this.#waiting.add(name);
    setTimeout(() => {
      this.#waiting.delete(name);
      this.#apply(place);
    }, RETRY_MS).unref();
    this.#apply(place);
    return isFirst;
  }

  #apply(place: Place): void {
    if (this.isPaused(place)) {
      this.#steering.pause(place);
    } else {
      this.#steering.resume(place);
    }
  }
}

const nameOf = ({ topic, partition }: Place): string => `${topic}/${partition}`;
