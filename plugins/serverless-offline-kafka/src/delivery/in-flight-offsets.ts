/**
 * The offsets of one partition that are in flight, which may be settled in any order: Kafka's commit is a position, so
 * it may not pass the first one that is not settled.
 */
export class InFlightOffsets {
  #offsets: readonly number[] = [];
  #settled = new Set<number>();
  #next = 0;

  /** The offsets of a new batch, in ascending order. Whatever was in flight before is not any more. */
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

  /** The first one that is not settled. */
  get unsettled(): number | undefined {
    return this.#offsets[this.#next];
  }
}
