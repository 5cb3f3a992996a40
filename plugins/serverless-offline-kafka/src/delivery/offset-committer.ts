import { messageOf } from '../errors.ts';
import { backoffMs, brokerBackoff, InterruptibleSleep } from './backoff.ts';

export interface CommitterParts {
  /** Commits the offset of the next record to read. */
  readonly commit: (nextOffset: number) => Promise<void>;
  /** Told once per row of failures. */
  readonly warn: (message: string) => void;
}

/**
 * Commits the position of one partition. Commits run beside the delivery and never concurrently: what is
 * settled in the meantime is covered by the next one. A failed commit is repeated until it succeeds or the
 * partition is given up; nothing is ever committed that was not settled.
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

  /** Everything before `nextOffset` is done with. */
  settle(nextOffset: number): void {
    this.#settled = nextOffset;
    if (!this.#active) {
      this.#active = true;
      this.#run = this.#commitSettled();
    }
  }

  /** Resolves when everything settled so far is committed or given up. */
  idle(): Promise<void> {
    return this.#run;
  }

  /** No further commit is begun. */
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
          this.#parts.warn(`offset ${nextOffset} could not be committed, trying on: ${messageOf(error)}`);
        }
        await this.#backoff.sleep(backoffMs(brokerBackoff, failures));
      }
    }
    this.#active = false;
  }
}
