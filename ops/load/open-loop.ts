import { setTimeout as delay } from 'node:timers/promises';
import type { Schedule } from './schedule.ts';

/** The finest that timers do. */
const TICK_MS = 1;

export interface Sending {
  /** Of each request that was begun, how late it was: what the load generator itself adds to the latencies. */
  readonly delaysMs: readonly number[];
  /** From the start until the last answer. */
  readonly lastedMs: number;
}

/**
 * Begins every request when it is due, however many are unanswered, until `stop` aborts, and resolves when all
 * that were begun are answered. `startedAt` is on the clock of `performance.now()`.
 */
export async function runOpenLoop(
  schedule: Schedule,
  startedAt: number,
  send: (request: number) => Promise<void>,
  stop: AbortSignal,
): Promise<Sending> {
  const delaysMs: number[] = [];
  const answers: Promise<void>[] = [];
  while (answers.length < schedule.requests && !stop.aborted) {
    const elapsedMs = performance.now() - startedAt;
    const due = schedule.dueBy(elapsedMs);
    while (answers.length < due) {
      delaysMs.push(elapsedMs - schedule.dueAtMs(answers.length));
      answers.push(send(answers.length));
    }
    await delay(TICK_MS);
  }
  await Promise.all(answers);
  return { delaysMs, lastedMs: performance.now() - startedAt };
}
