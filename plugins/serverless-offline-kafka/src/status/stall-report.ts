import { setTimeout } from 'node:timers/promises';
import type { MappingDefinition } from '../configuration/mapping-definition.ts';
import type { Log } from '../serverless.ts';
import { readLag } from './lag.ts';
import { type Stall, StallDetector } from './stall-detector.ts';

/** A published stall of a mapping. */
export interface MappingStall extends Stall {
  readonly topic: string;
  readonly function: string;
  readonly group: string;
  /** The cause, as far as known. */
  readonly reason: string;
}

export interface WatchedMapping {
  readonly definition: MappingDefinition;
  /** Returns why a partition makes no progress; undefined means the whole mapping. */
  readonly stallReason: (partition: number | undefined) => string;
}

/**
 * The key of `globalThis` for a function without parameters that returns the stalls of this process. A health route in the
 * same process can report them without importing this package.
 */
const KEY = Symbol.for('kafka-event-source.stalls');
const INTERVAL_MS = 5_000;

export interface StallReportParts {
  readonly log: Log;
  /** Returns the time of a monotonic clock, in ms. */
  readonly now: () => number;
  readonly intervalMs?: number;
}

/** Requests the positions of each mapping from the brokers every 5 s, and publishes stalled partitions. */
export class StallReport {
  readonly #watched: readonly (WatchedMapping & { readonly detector: StallDetector })[];
  readonly #log: Log;
  readonly #now: () => number;
  readonly #intervalMs: number;
  readonly #stopping = new AbortController();

  constructor(mappings: readonly WatchedMapping[], { log, now, intervalMs = INTERVAL_MS }: StallReportParts) {
    this.#watched = mappings.map((mapping) => ({
      ...mapping,
      detector: new StallDetector(mapping.definition),
    }));
    this.#log = log;
    this.#now = now;
    this.#intervalMs = intervalMs;
  }

  start(): void {
    Reflect.set(globalThis, KEY, () => this.#stalls(this.#now()));
    for (const { definition, detector } of this.#watched) {
      void this.#observe(definition, detector);
    }
  }

  stop(): void {
    this.#stopping.abort();
    Reflect.deleteProperty(globalThis, KEY);
  }

  async #observe(definition: MappingDefinition, detector: StallDetector): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const [lag] = await readLag([definition], this.#log);
        detector.observe(lag?.partitions ?? [], this.#now());
      } catch {
        detector.unreachable(this.#now()); // the mapping itself logs the cause
      }
      await setTimeout(this.#intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  #stalls(nowMs: number): MappingStall[] {
    return this.#watched.flatMap(({ definition, stallReason, detector }) => {
      const { topic, functionKey, consumerGroupId: group } = definition;
      return detector.stalls(nowMs).map((stall) => ({
        topic,
        function: functionKey,
        group,
        ...stall,
        reason: stallReason(stall.partition),
      }));
    });
  }
}
