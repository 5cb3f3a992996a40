/** The history of one partition in a journal. Its records have the offsets from 0 up to `count`. */
export class PartitionHistory {
  readonly disorder: string[] = [];
  readonly earlyCommits: string[] = [];
  readonly #partition: number;
  readonly #count: number;
  readonly #delivered = new Set<number>();
  readonly #succeeded = new Set<number>();
  #highestDelivered = -1;
  #allSucceededBelow = 0;

  constructor(partition: number, count: number) {
    this.#partition = partition;
    this.#count = count;
  }

  deliver(offset: number): void {
    if (this.#delivered.has(offset)) {
      return;
    }
    this.#delivered.add(offset);
    if (offset < this.#highestDelivered) {
      this.disorder.push(`${this.#place(offset)} came first after ${this.#highestDelivered}`);
    }
    this.#highestDelivered = Math.max(offset, this.#highestDelivered);
  }

  succeed(offset: number): void {
    this.#succeeded.add(offset);
    while (this.#succeeded.has(this.#allSucceededBelow)) {
      this.#allSucceededBelow += 1;
    }
  }

  commit(nextOffset: number): void {
    if (nextOffset > this.#allSucceededBelow) {
      const open = this.#place(this.#allSucceededBelow);
      this.earlyCommits.push(`${nextOffset} was committed when ${open} had not succeeded`);
    }
  }

  /** Returns the records without a success so far. */
  lost(): string[] {
    return Array.from({ length: this.#count }, (_, offset) => offset)
      .filter((offset) => !this.#succeeded.has(offset))
      .map((offset) => `${this.#place(offset)} never succeeded`);
  }

  get succeeded(): number {
    return this.#succeeded.size;
  }

  #place(offset: number): string {
    return `${this.#partition}/${offset}`;
  }
}
