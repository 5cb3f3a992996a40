import { InterruptibleSleep } from './backoff.ts';
import { type BatchLimits, planBatch, type WaitingRecord } from './batching.ts';
import type { PartitionQueue } from './partition-queue.ts';

export interface DispatcherParts {
  readonly limits: BatchLimits;
  readonly batchingWindowMs: number;
  /** Resolves when each record is settled, or when the unsettled records must not be retried here. */
  readonly deliver: (batch: Batch) => Promise<void>;
}

export interface Batch {
  readonly records: readonly WaitingRecord[];
  readonly isAssigned: (record: WaitingRecord) => boolean;
  readonly isRunning: () => boolean;
  /**
   * Runs an action that uses the records. A revoked partition that is assigned again waits for this action. It does not wait
   * for the rest of the batch, because other partitions can delay that without limit.
   */
  readonly hold: <T>(action: () => Promise<T>) => Promise<T>;
  /** Ends early at a stop or when a partition of the batch is revoked. Returns at once if no partition is assigned. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly settle: (records: readonly WaitingRecord[]) => void;
}

interface Run {
  readonly queues: readonly PartitionQueue[];
  readonly pause: InterruptibleSleep;
  isHeld: boolean;
}

/**
 * Makes batches from queues that have no batch in flight. A full batch is delivered at once, any other batch when its window
 * has passed. A batch can contain records of all queues of the dispatcher. A partition is in one batch at a time, so that
 * its records stay in order.
 */
export class BatchDispatcher {
  readonly #parts: DispatcherParts;
  readonly #queues = new Set<PartitionQueue>();
  readonly #running = new Map<Promise<void>, Run>();
  #window: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
  }

  add(queue: PartitionQueue): void {
    this.#queues.add(queue);
    this.schedule();
  }

  /** Removes a partition that is revoked. */
  remove(queue: PartitionQueue): void {
    this.#queues.delete(queue);
    queue.revoke();
    for (const { queues, pause, isHeld } of this.#running.values()) {
      if (queues.includes(queue)) {
        if (!isHeld) {
          queue.finish();
        }
        pause.wake();
      }
    }
    this.schedule();
  }

  /** Resolves when the batches in flight have ended and their successful records are committed. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#window);
    for (const queue of this.#queues) {
      queue.close();
    }
    for (const { pause } of this.#running.values()) {
      pause.wake();
    }
    await Promise.all(this.#running.keys());
    await Promise.all(Array.from(this.#queues, (queue) => queue.committed()));
  }

  /** Delivers the batches that are due. Call it when a record arrives or a queue becomes free. */
  schedule(): void {
    clearTimeout(this.#window);
    while (!this.#isStopped) {
      const queues = [...this.#queues]
        .filter(({ isFree }) => isFree)
        .sort((a, b) => a.windowFromMs - b.windowFromMs);
      const [oldest] = queues;
      if (!oldest) {
        return;
      }
      const { lengths, full } = planBatch(
        queues.map(({ waiting }) => waiting),
        this.#parts.limits,
      );
      const dueInMs = oldest.windowFromMs + this.#parts.batchingWindowMs - performance.now();
      if (!full && dueInMs > 0) {
        this.#window = setTimeout(() => this.schedule(), dueInMs);
        return;
      }
      this.#begin(
        queues.filter((_, index) => lengths[index]),
        lengths,
      );
    }
  }

  #begin(queues: readonly PartitionQueue[], lengths: readonly number[]): void {
    const records = queues.flatMap((queue, index) => queue.take(lengths[index] ?? 0));
    const queueOf = new Map(queues.map((queue) => [queue.partition, queue]));
    const pause = new InterruptibleSleep();
    const run: Run = { queues, pause, isHeld: false };
    const batch: Batch = {
      records,
      isAssigned: ({ partition }) => queueOf.get(partition)?.isRevoked === false,
      isRunning: () => !this.#isStopped,
      hold: (action) => hold(run, action),
      sleep: async (ms) => {
        if (!this.#isStopped && queues.some(({ isRevoked }) => !isRevoked)) {
          await pause.sleep(ms);
        }
      },
      settle: (settled) => {
        for (const queue of queues) {
          queue.settle(settled.filter(({ partition }) => partition === queue.partition));
        }
      },
    };
    const end = this.#parts.deliver(batch).finally(() => {
      this.#running.delete(end);
      for (const queue of queues) {
        queue.finish();
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
    for (const queue of run.queues.filter(({ isRevoked }) => isRevoked)) {
      queue.finish();
    }
  }
}
