import { messageOf } from '../errors.ts';
import { backoffMs, brokerBackoff, InterruptibleSleep } from './backoff.ts';

export interface CommitterParts {
  /** Commits the offset of the next record to read. */
  readonly commit: (nextOffset: number) => Promise<void>;
  /** Called once per series of failures. */
  readonly warn: (message: string) => void;
}

/**
 * Commits the position of one partition. Commits run in parallel to the delivery, one at a time. The next commit covers the
 * records that are settled meanwhile. A failed commit is retried until it succeeds or the partition is revoked. Only
 * settled offsets are committed.
 */
export class OffsetCommitter {
  readonly #parts: CommitterParts;
  readonly #backoff = new InterruptibleSleep();
  #settled: number | undefined;
  #committed: number | undefined;
  #active = false;
  #run = Promise.resolve();
  #stopped = false;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
  }

  /** Marks all offsets before `nextOffset` as settled. */
  settle(nextOffset: number): void {
    this.#settled = nextOffset;
    if (!this.#active) {
      this.#active = true;
      this.#run = this.#commitSettled();
    }
  }

  /** Resolves when all settled offsets are committed, or after `stop`. */
  idle(): Promise<void> {
    return this.#run;
  }

  /** Prevents further commits. */
  stop(): void {
    this.#stopped = true;
    this.#backoff.wake();
  }

  async #commitSettled(): Promise<void> {
    let failures = 0;
    while (this.#settled !== undefined && this.#settled !== this.#committed && !this.#stopped) {
      const nextOffset = this.#settled;
      try {
        await this.#parts.commit(nextOffset);
        this.#committed = nextOffset;
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1) {
          this.#parts.warn(`offset ${nextOffset} could not be committed, retrying: ${messageOf(error)}`);
        }
        await this.#backoff.sleep(backoffMs(brokerBackoff, failures));
      }
    }
    this.#active = false;
  }
}
