import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../lib/postgres/database.ts';
import { CompletionWatch } from './completion-watch.ts';
import type { LagReader } from './consumer-lag.ts';
import { isDrained } from './drain.ts';
import type { LoadOptions } from './load-options.ts';
import { createRunOrders } from './load-orders.ts';
import type { LoadResult, Sample } from './load-result.ts';
import { LoadTally } from './load-tally.ts';
import { runOpenLoop } from './open-loop.ts';
import type { OrderSender } from './order-sender.ts';
import { percentiles } from './percentiles.ts';
import { createSchedule } from './schedule.ts';
import { countStored, selectDeadLetters, selectRun } from './stored-orders.ts';
import { type Evidence, judge, notCompared } from './verdict.ts';

export interface LoadTarget {
  readonly sender: OrderSender;
  readonly database: Database;
  readonly lag: LagReader;
}

export interface LoadObserver {
  /** Called with the prefix of the run's order ids before the first request. */
  readonly onBegin: (prefix: string) => void;
  readonly onSample: (sample: Sample) => void;
}

const SAMPLE_INTERVAL_MS = 1_000;

/**
 * Sends the load until it ends or `stop` aborts, waits until the acknowledged orders are stored, and compares stored
 * with sent orders. Unavailable servers show in the result.
 */
export async function runLoad(
  options: LoadOptions,
  { sender, database, lag }: LoadTarget,
  { onBegin, onSample }: LoadObserver,
  stop: AbortSignal,
): Promise<LoadResult> {
  const { rate, seconds, connections, bulk, ordersPerRequest } = options;
  const schedule = createSchedule(options);
  const runOrders = createRunOrders(schedule, Date.now());
  const { prefix } = runOrders;
  onBegin(prefix);
  const tally = new LoadTally();
  const watch = new CompletionWatch(database, rate);
  const startedAt = performance.now();

  const send = async (request: number): Promise<void> => {
    const orders = runOrders.of(request);
    const dueAt = startedAt + schedule.dueAtMs(request);
    tally.sent += orders.length;
    const answer = await sender.send(orders);
    tally.add(answer, performance.now() - dueAt);
    watch.offer(answer.acknowledged, dueAt);
  };
  const takeSample = async (): Promise<Sample> => {
    const [stored, recordsBehind] = await Promise.all([
      countStored(database, prefix).catch(() => null),
      lag.read(),
    ]);
    const second = (performance.now() - startedAt) / 1_000;
    return { second: toTenths(second), ...tally.counts(), stored, lag: recordsBehind };
  };

  const sending = runOpenLoop(schedule, startedAt, send, stop);
  const samples = await sampleUntilDrained(takeSample, sending, onSample);
  const { delaysMs, lastedMs } = await sending;
  await watch.close();

  const found = await readRun(database, prefix);
  const stopped = delaysMs.length < schedule.requests;
  const { sent, acknowledged, errors } = tally.counts();
  const lags = samples.flatMap(({ lag }) => lag ?? []);
  return {
    prefix,
    rate,
    seconds,
    bulk: bulk ? ordersPerRequest : null,
    connections,
    stopped,
    sent,
    acknowledged,
    stored: 'unreadable' in found ? null : found.stored.length,
    // The last requests may leave a fraction of their interval unused.
    acknowledged_per_second: toTenths(
      (acknowledged * 1_000) / Math.max(lastedMs, stopped ? 0 : seconds * 1_000),
    ),
    errors: tally.errorCounts,
    post_ms: percentiles(tally.postMs),
    completed_ms: percentiles(watch.latenciesMs),
    generator_delay_ms: percentiles(delaysMs),
    max_lag: lags.length === 0 ? null : Math.max(...lags),
    samples,
    verdict:
      'unreadable' in found
        ? notCompared(errors, found.unreadable)
        : judge({
            sent: runOrders.ofFirst(delaysMs.length),
            acknowledged: tally.acknowledged,
            ...found,
            errors,
          }),
  };
}

type Stored = Pick<Evidence, 'stored' | 'deadLetters'>;

/** Reads the stored orders of a run, or the reason why they cannot be read. */
async function readRun(
  database: Database,
  prefix: string,
): Promise<Stored | { readonly unreadable: string }> {
  try {
    return {
      stored: await selectRun(database, prefix),
      deadLetters: await selectDeadLetters(database, prefix),
    };
  } catch (error) {
    return { unreadable: Error.isError(error) ? error.message : String(error) };
  }
}

/** Samples every second until the last answer, then until all orders are stored. */
async function sampleUntilDrained(
  takeSample: () => Promise<Sample>,
  sending: Promise<unknown>,
  onSample: (sample: Sample) => void,
): Promise<Sample[]> {
  let isAnswered = false;
  const answered = sending.then(() => {
    isAnswered = true;
  });
  const samples: Sample[] = [];
  const draining: Sample[] = [];
  while (!isDrained(draining)) {
    await delay(SAMPLE_INTERVAL_MS);
    const isAfterLastAnswer = isAnswered;
    const sample = await takeSample();
    onSample(sample);
    samples.push(sample);
    if (isAfterLastAnswer) {
      draining.push(sample);
    }
  }
  await answered;
  return samples;
}

const toTenths = (value: number): number => Math.round(value * 10) / 10;
