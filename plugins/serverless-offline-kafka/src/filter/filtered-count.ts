import type { Log } from '../serverless.ts';

export interface FilteredCountParts {
  readonly place: string;
  readonly log: Log;
}

const INTERVAL_MS = 10_000;

/** Tells how many records of a mapping were filtered out: the first at once, then at most one line per interval. */
export class FilteredCount {
  readonly #parts: FilteredCountParts;
  #unreported = 0;
  #interval: NodeJS.Timeout | undefined;

  constructor(parts: FilteredCountParts) {
    this.#parts = parts;
  }

  add(records: number): void {
    this.#unreported += records;
    if (this.#interval === undefined) {
      this.#reportAndWait();
    }
  }

  /** Tells what is unreported. Nothing may be added afterwards. */
  close(): void {
    clearTimeout(this.#interval);
    this.#report();
  }

  #reportAndWait(): void {
    this.#interval = this.#report()
      ? setTimeout(() => this.#reportAndWait(), INTERVAL_MS).unref()
      : undefined;
  }

  #report(): boolean {
    if (this.#unreported === 0) {
      return false;
    }
    const { place, log } = this.#parts;
    log.notice(`${place}: ${this.#unreported} record${this.#unreported === 1 ? '' : 's'} filtered out`);
    this.#unreported = 0;
    return true;
  }
}
