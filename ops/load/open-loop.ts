import { setTimeout as delay } from 'node:timers/promises';
import type { Schedule } from './schedule.ts';

/** The resolution of timers. */
const TICK_MS = 1;

export interface Sending {
  /** The delay of each started request after its due time. */
  readonly delaysMs: readonly number[];
  /** From the start to the last answer. */
  readonly lastedMs: number;
}

/**
 * Starts every request at its due time, regardless of pending answers, until `stop` aborts. Resolves when all started
 * requests are answered. `startedAt` is a time of `performance.now()`.
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
