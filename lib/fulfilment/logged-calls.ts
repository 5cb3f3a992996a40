import type { LogLevel } from '../config/config.ts';
import { logDeadLetters } from '../dead-letters/log-dead-letters.ts';
import { log } from '../observability/logger.ts';
import type { CallSummary } from './attempt.ts';

/** Runs calls to the receiver. Logs one line about the run and one per dead letter. Rethrows a failure. */
export async function loggedCalls(
  name: string,
  requestId: string,
  work: () => Promise<CallSummary>,
): Promise<void> {
  const startedAt = performance.now();
  const logFields = (): Record<string, unknown> => ({
    request_id: requestId,
    ms: Math.round(performance.now() - startedAt),
  });
  try {
    const summary = await work();
    const { called, released, completed, failed, postponed, postponedReason, leaseLost, deadLetters } =
      summary;
    log(levelOf(summary), `${name} called the receiver`, {
      called,
      released,
      completed,
      failed,
      postponed,
      postponed_reason: postponedReason,
      lease_lost: leaseLost,
      ...logFields(),
    });
    logDeadLetters(requestId, deadLetters);
  } catch (error) {
    log('error', `${name} failed; calls that were not made or not stored fall due again`, {
      ...logFields(),
      error,
    });
    throw error;
  }
}

/**
 * The function runs every minute: a run without calls logs at debug level. A postponed call may need an operator.
 */
function levelOf({ called, released, postponed }: CallSummary): LogLevel {
  if (postponed > 0) {
    return 'warn';
  }
  return called + released === 0 ? 'debug' : 'info';
}
