interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** Pauses and resumes a partition of a consumer. Must not throw, even if the consumer has ended. */
interface PausableConsumer {
  readonly pause: (topicPartition: TopicPartition) => void;
  readonly resume: (topicPartition: TopicPartition) => void;
}

/** The delay before a partition with unreadable records is retried: they may have been deleted. */
const RETRY_MS = 5_000;

/** Keeps a partition paused while its reader has paused it or while its next record cannot be read. */
export class PartitionPauses {
  readonly #consumer: PausableConsumer;
  readonly #paused = new Set<string>();
  readonly #waiting = new Set<string>();
  readonly #unreadable = new Map<string, bigint>();

  constructor(consumer: PausableConsumer) {
    this.#consumer = consumer;
  }

  pause(topicPartition: TopicPartition): void {
    this.#paused.add(keyOf(topicPartition));
    this.#apply(topicPartition);
  }

  resume(topicPartition: TopicPartition): void {
    this.#paused.delete(keyOf(topicPartition));
    this.#apply(topicPartition);
  }

  isPaused(topicPartition: TopicPartition): boolean {
    return this.#paused.has(keyOf(topicPartition)) || this.#waiting.has(keyOf(topicPartition));
  }

  /** Pauses a partition whose next record cannot be read. Returns whether this is the first time for this offset. */
  pauseUnreadable(topicPartition: TopicPartition, offset: bigint): boolean {
    const key = keyOf(topicPartition);
    const isFirst = this.#unreadable.get(key) !== offset;
    this.#unreadable.set(key, offset);
    this.#waiting.add(key);
    setTimeout(() => {
      this.#waiting.delete(key);
      this.#apply(topicPartition);
    }, RETRY_MS).unref();
    this.#apply(topicPartition);
    return isFirst;
  }

  #apply(topicPartition: TopicPartition): void {
    if (this.isPaused(topicPartition)) {
      this.#consumer.pause(topicPartition);
    } else {
      this.#consumer.resume(topicPartition);
    }
  }
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
