import type { Log } from '../serverless.ts';

export interface FilteredCountParts {
  readonly place: string;
  readonly log: Log;
}

const INTERVAL_MS = 10_000;

/** Tells how many records of a mapping were filtered out: the first at once, then at most one line per interval. */
export class FilteredCount {
  readonly #parts: FilteredCountParts;
  #untold = 0;
  #interval: NodeJS.Timeout | undefined;

  constructor(parts: FilteredCountParts) {
    this.#parts = parts;
  }

  add(records: number): void {
    this.#untold += records;
    if (this.#interval === undefined) {
      this.#tellAndWait();
    }
  }

  /** Tells what is untold. Nothing may be added afterwards. */
  close(): void {
    clearTimeout(this.#interval);
    this.#tell();
  }

  #tellAndWait(): void {
    this.#interval = this.#tell() ? setTimeout(() => this.#tellAndWait(), INTERVAL_MS).unref() : undefined;
  }

  #tell(): boolean {
    if (this.#untold === 0) {
      return false;
    }
    const { place, log } = this.#parts;
    log.notice(`${place}: ${this.#untold} record${this.#untold === 1 ? '' : 's'} filtered out`);
    this.#untold = 0;
    return true;
  }
}
