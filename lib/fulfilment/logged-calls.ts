import type { LogLevel } from '../config/config.ts';
import { logDeadLetters } from '../dead-letters/log-dead-letters.ts';
import { log } from '../observability/logger.ts';
import type { CallSummary } from './attempt.ts';

/** Runs calls to the receiver and logs one line about them, and one per order given up; a failure is passed on. */
export async function loggedCalls(
  name: string,
  requestId: string,
  work: () => Promise<CallSummary>,
): Promise<void> {
  const startedAt = performance.now();
  const facts = (): Record<string, unknown> => ({
    request_id: requestId,
    ms: Math.round(performance.now() - startedAt),
  });
  try {
    const { deadLetters, ...counts } = await work();
    log(levelOf(counts), `${name} called the receiver`, { ...counts, ...facts() });
    logDeadLetters(requestId, deadLetters);
  } catch (error) {
    log('error', `${name} failed; what was not called or not noted falls due again`, { ...facts(), error });
    throw error;
  }
}

/** Every minute a line that says nothing would hide others; calls without an answer may have a cause to be mended. */
function levelOf({ called, released, postponed }: Omit<CallSummary, 'deadLetters'>): LogLevel {
  if (postponed > 0) {
    return 'warn';
  }
  return called + released === 0 ? 'debug' : 'info';
}
