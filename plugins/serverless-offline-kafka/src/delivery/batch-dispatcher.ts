import { Sleeper } from '../sleeper.ts';
import { type BatchLimits, planBatch, type WaitingRecord } from './batching.ts';
import type { PartitionLane } from './partition-lane.ts';

export interface DispatcherParts {
  readonly limits: BatchLimits;
  readonly batchingWindowMs: number;
  /** Resolves when each record is settled, or when nothing more is to be done for those that are not. */
  readonly deliver: (batch: Batch) => Promise<void>;
}

export interface Batch {
  readonly records: readonly WaitingRecord[];
  readonly isOurs: (record: WaitingRecord) => boolean;
  readonly isRunning: () => boolean;
  /**
   * Runs what has the records in hand. A partition that is lost waits for it before it goes on elsewhere, and not for
   * the rest of the batch, which other partitions may hold up for ever.
   */
  readonly hold: <T>(action: () => Promise<T>) => Promise<T>;
  /** Ends early when it is stopped, or when a partition of the batch is lost; does not begin when there is no use. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly settle: (records: readonly WaitingRecord[]) => void;
}

interface Run {
  readonly lanes: readonly PartitionLane[];
  readonly pause: Sleeper;
  isHeld: boolean;
}

/**
 * Makes batches of what waits in lanes that have nothing in flight: a full batch at once, another when its window has
 * passed. With one lane a batch holds records of one partition, with several it may mix them. A partition is in one
 * batch at a time, so that its records stay in order.
 */
export class BatchDispatcher {
  readonly #parts: DispatcherParts;
  readonly #lanes = new Set<PartitionLane>();
  readonly #running = new Map<Promise<void>, Run>();
  #window: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  add(lane: PartitionLane): void {
    this.#lanes.add(lane);
    this.schedule();
  }

  /** The partition belongs to somebody else. */
  remove(lane: PartitionLane): void {
    this.#lanes.delete(lane);
    lane.revoke();
    for (const { lanes, pause, isHeld } of this.#running.values()) {
      if (lanes.includes(lane)) {
        if (!isHeld) {
          lane.finish();
        }
        pause.wake();
      }
    }
    this.schedule();
  }

  /** Resolves after the batches in flight, whose success still counts, and after its commit. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#window);
    for (const lane of this.#lanes) {
      lane.close();
    }
    for (const { pause } of this.#running.values()) {
      pause.wake();
    }
    await Promise.all(this.#running.keys());
    await Promise.all(Array.from(this.#lanes, (lane) => lane.committed()));
  }

  /** Called whenever a batch may have become possible. */
  schedule(): void {
    clearTimeout(this.#window);
    while (!this.#isStopped) {
      const lanes = [...this.#lanes]
        .filter(({ isFree }) => isFree)
        .sort((a, b) => a.windowFromMs - b.windowFromMs);
      const [oldest] = lanes;
      if (!oldest) {
        return;
      }
      const { lengths, full } = planBatch(
        lanes.map(({ waiting }) => waiting),
        this.#parts.limits,
      );
      const dueInMs = oldest.windowFromMs + this.#parts.batchingWindowMs - performance.now();
      if (!full && dueInMs > 0) {
        this.#window = setTimeout(() => this.schedule(), dueInMs);
        return;
      }
      this.#begin(
        lanes.filter((_, index) => lengths[index]),
        lengths,
      );
    }
  }

  #begin(lanes: readonly PartitionLane[], lengths: readonly number[]): void {
    const records = lanes.flatMap((lane, index) => lane.take(lengths[index] ?? 0));
    const laneOf = new Map(lanes.map((lane) => [lane.partition, lane]));
    const pause = new Sleeper();
    const run: Run = { lanes, pause, isHeld: false };
    const batch: Batch = {
      records,
      isOurs: ({ partition }) => laneOf.get(partition)?.isRevoked === false,
      isRunning: () => !this.#isStopped,
      hold: (action) => hold(run, action),
      sleep: async (ms) => {
        if (!this.#isStopped && lanes.some(({ isRevoked }) => !isRevoked)) {
          await pause.sleep(ms);
        }
      },
      settle: (settled) => {
        for (const lane of lanes) {
          lane.settle(settled.filter(({ partition }) => partition === lane.partition));
        }
      },
    };
    const end = this.#parts.deliver(batch).finally(() => {
      this.#running.delete(end);
      for (const lane of lanes) {
        lane.finish();
      }
      this.schedule();
    });
    this.#running.set(end, run);
  }
}

async function hold<T>(run: Run, action: () => Promise<T>): Promise<T> {
  run.isHeld = true;
  try {
    return await action();
  } finally {
    run.isHeld = false;
    for (const lane of run.lanes.filter(({ isRevoked }) => isRevoked)) {
      lane.finish();
    }
  }
}
