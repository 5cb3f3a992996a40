import type { CallSummary } from '../fulfilment/call-summary.ts';
import { log } from './logger.ts';

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
    const isQuiet = counts.called + counts.released === 0; // every minute a line that says nothing would hide others
    log(isQuiet ? 'debug' : 'info', `${name} called the receiver`, { ...counts, ...facts() });
    for (const { code, message, record } of deadLetters) {
      const { topic, partition, offset } = record;
      log('warn', 'dead letter', { request_id: requestId, code, reason: message, topic, partition, offset });
    }
  } catch (error) {
    log('error', `${name} failed; what was not called or not noted falls due again`, { ...facts(), error });
    throw error;
  }
}
