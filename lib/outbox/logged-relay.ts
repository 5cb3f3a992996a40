import type { LogFields } from '../observability/logger.ts';
import { log } from '../observability/logger.ts';
import type { PublishedOutbox } from './outbox-entry.ts';
import type { RelayReport } from './relay-outbox.ts';

/** Runs the relay. Logs one line about the run and one per parked row. Rethrows a failure. */
export async function loggedRelay(
  requestId: string,
  work: () => Promise<RelayReport | undefined>,
): Promise<void> {
  const startedAt = performance.now();
  const logFields = (): Record<string, unknown> => ({
    request_id: requestId,
    ms: Math.round(performance.now() - startedAt),
  });
  try {
    const report = await work();
    if (report === undefined) {
      log('debug', 'relay-outbox skipped: another run is active', logFields());
      return;
    }
    const { published, parked, left, oldestAgeMs } = report;
    const counts = { published, parked: parked.length, left, oldest_age_ms: oldestAgeMs };
    log(levelOf(report), 'relay-outbox published', { ...counts, ...logFields() });
    logParked(parked, { request_id: requestId });
  } catch (error) {
    log('error', 'relay-outbox failed; the next run continues', { ...logFields(), error });
    throw error;
  }
}

/** The relay runs every minute: a run without rows logs at debug level. */
function levelOf({ published, parked, left }: RelayReport): 'debug' | 'info' | 'warn' {
  if (left > 0) {
    return 'warn';
  }
  return published + parked.length > 0 ? 'info' : 'debug';
}

/** Logs one line per parked row. An operator must look at each. */
export function logParked(rows: PublishedOutbox['rejected'], where: LogFields = {}): void {
  for (const { id, error } of rows) {
    log('error', 'a row of the outbox cannot be published and is parked', {
      ...where,
      outbox_row: id,
      reason: error,
    });
  }
}
