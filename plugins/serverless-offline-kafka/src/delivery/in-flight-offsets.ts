/**
 * The offsets of one partition that are in flight. Records can be settled in any order, but Kafka commits one position per
 * partition. So the commit must not pass the first unsettled offset.
 */
export class InFlightOffsets {
  #offsets: readonly number[] = [];
  #settled = new Set<number>();
  #next = 0;

  /** Replaces the offsets by those of a new batch, in ascending order. */
  begin(offsets: readonly number[]): void {
    this.#offsets = offsets;
    this.#settled = new Set();
    this.#next = 0;
  }

  settle(offsets: readonly number[]): void {
    for (const offset of offsets) {
      this.#settled.add(offset);
    }
    let first = this.#offsets[this.#next];
    while (first !== undefined && this.#settled.has(first)) {
      this.#next += 1;
      first = this.#offsets[this.#next];
    }
  }

  /** The first unsettled offset. */
  get unsettled(): number | undefined {
    return this.#offsets[this.#next];
  }
}
