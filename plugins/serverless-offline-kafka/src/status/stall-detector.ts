import type { PartitionLag } from './lag.ts';

/** A partition whose position has not moved for a while although records wait. */
export interface Stall {
  /** Absent, as is `offset`, if the brokers do not answer. */
  readonly partition?: number;
  /** The offset of the first record that waits. */
  readonly offset?: number;
  readonly recordsWaiting?: number;
  readonly stalledMs: number;
}

interface Position {
  readonly offset: number;
  readonly lag: number;
  /** When this position was first positions while records waited. */
  readonly sinceMs: number;
}

/** After this time without progress a consumer counts as stalled. */
const STALLED_MS = 30_000;

/** Compares the positions of a group with earlier ones. Progress means that a position moved or that no record waits. */
export class StallDetector {
  readonly #stalledMs: number;
  #positions: ReadonlyMap<number, Position> = new Map();
  #unreachableSinceMs: number | undefined;

  /** Records wait this long on purpose, for others to come into their batch. */
  constructor({ batchingWindowMs }: { readonly batchingWindowMs: number }) {
    this.#stalledMs = STALLED_MS + batchingWindowMs;
  }

  observe(partitions: readonly PartitionLag[], nowMs: number): void {
    this.#unreachableSinceMs = undefined;
    this.#positions = new Map(
      partitions
        .filter(({ lag }) => lag > 0)
        .map(({ partition, end, lag }) => {
          const offset = end - lag;
          const before = this.#positions.get(partition);
          return [partition, { offset, lag, sinceMs: before?.offset === offset ? before.sinceMs : nowMs }];
        }),
    );
  }

  /** Call it when the brokers do not answer. Records that waited before still wait. */
  unreachable(nowMs: number): void {
    this.#unreachableSinceMs ??= nowMs;
  }

  stalls(nowMs: number): Stall[] {
    const unreachableMs = nowMs - (this.#unreachableSinceMs ?? nowMs);
    if (unreachableMs >= STALLED_MS) {
      return [{ stalledMs: unreachableMs }];
    }
    return [...this.#positions].flatMap(([partition, { offset, lag, sinceMs }]) =>
      nowMs - sinceMs < this.#stalledMs
        ? []
        : [{ partition, offset, recordsWaiting: lag, stalledMs: nowMs - sinceMs }],
    );
  }
}
