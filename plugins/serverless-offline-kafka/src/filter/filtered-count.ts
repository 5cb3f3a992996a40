import type { Log } from '../serverless.ts';

export interface FilteredCountParts {
  readonly label: string;
  readonly log: Log;
}

const INTERVAL_MS = 10_000;

/** Logs the number of filtered records of a mapping: the first at once, then at most one line per interval. */
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

  /** Logs the remaining count. Add nothing afterwards. */
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
    const { label, log } = this.#parts;
    log.notice(`${label}: ${this.#unreported} record${this.#unreported === 1 ? '' : 's'} filtered out`);
    this.#unreported = 0;
    return true;
  }
}
