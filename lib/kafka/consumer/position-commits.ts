import { setTimeout as delay } from 'node:timers/promises';
import { OrderlyError } from '../../errors/orderly-error.ts';
import { placeName } from './consumed-message.ts';
import type { Position } from './group-member.ts';

/** A process that is killed repeats at most what it handled in this time. */
const INTERVAL_MS = 500;
const RETRY_MS = 100;

/** The positions that a group is yet to be told: one commit for all of them at a time, repeated until it succeeds. */
export class PositionCommits {
  readonly #send: (positions: readonly Position[]) => Promise<void>;
  readonly #pending = new Map<string, Position>();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #lastFailure: unknown;

  constructor(send: (positions: readonly Position[]) => Promise<void>) {
    this.#send = send;
  }

  add(position: Position): void {
    this.#pending.set(placeName(position), position);
    this.#timer ??= setTimeout(() => this.commit(), INTERVAL_MS);
  }

  /** Keeps only what is about these partitions: the others' positions are somebody else's now. */
  retain(placeNames: ReadonlySet<string>): void {
    for (const name of this.#pending.keys()) {
      if (!placeNames.has(name)) {
        this.#pending.delete(name);
      }
    }
  }

  /** Commits what is pending; what fails stays so. Never rejects. */
  commit(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendPending().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Resolves when nothing is pending. @throws OrderlyError `kafka_unavailable` when the signal ends the trying */
  async flush(signal: AbortSignal): Promise<void> {
    const givenUp = aborted(signal);
    while (this.#pending.size > 0) {
      await Promise.race([this.commit(), givenUp]);
      if (this.#pending.size > 0 && signal.aborted) {
        throw new OrderlyError(
          'kafka_unavailable',
          'Kafka did not take the positions in time: messages that were handled will be delivered again.',
          { cause: this.#lastFailure },
        );
      }
      if (this.#pending.size > 0) {
        await delay(RETRY_MS);
      }
    }
  }

  /** Gives up what is pending. */
  clear(): void {
    this.#pending.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #sendPending(): Promise<void> {
    const positions = [...this.#pending.values()];
    if (positions.length === 0) {
      return;
    }
    try {
      await this.#send(positions);
      for (const position of positions) {
        const name = placeName(position);
        if (this.#pending.get(name) === position) {
          this.#pending.delete(name);
        }
      }
    } catch (error) {
      this.#lastFailure = error;
    }
    if (this.#pending.size > 0) {
      this.#timer ??= setTimeout(() => this.commit(), INTERVAL_MS);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) {
      resolve();
    }
  });
}
