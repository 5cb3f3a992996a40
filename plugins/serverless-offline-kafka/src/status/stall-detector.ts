import type { PartitionLag } from './lag.ts';

/** A partition with waiting records whose position has not changed for 30 s. */
export interface Stall {
  /** Absent if the brokers do not respond, like `offset` and `recordsWaiting`. */
  readonly partition?: number;
  /** The offset of the first waiting record. */
  readonly offset?: number;
  readonly recordsWaiting?: number;
  readonly stalledMs: number;
}

interface Position {
  readonly offset: number;
  readonly lag: number;
  /** The time when this position was first observed with waiting records. */
  readonly sinceMs: number;
}

/** After this time without progress a partition counts as stalled. */
const STALLED_MS = 30_000;

/** Compares positions of a group with earlier ones. A partition makes progress if its position changes or no record waits. */
export class StallDetector {
  readonly #stalledMs: number;
  #positions: ReadonlyMap<number, Position> = new Map();
  #unreachableSinceMs: number | undefined;

  /** The batching window extends the limit, because records wait for their batch. */
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

  /** Call it when the brokers do not respond. Earlier positions are kept. */
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
