import type { RelayReport } from '../store/relay-outbox.ts';
import { logSetAside } from './log-set-aside.ts';
import { log } from './logger.ts';

/** Runs a relay of the outbox and logs one line about it, and one per row that was set aside; a failure is passed on. */
export async function loggedRelay(
  requestId: string,
  work: () => Promise<RelayReport | undefined>,
): Promise<void> {
  const startedAt = performance.now();
  const facts = (): Record<string, unknown> => ({
    request_id: requestId,
    ms: Math.round(performance.now() - startedAt),
  });
  try {
    const report = await work();
    if (report === undefined) {
      log('debug', 'relay-outbox leaves the outbox to another one', facts());
      return;
    }
    const { published, setAside, left, oldestAgeMs } = report;
    const counts = { published, set_aside: setAside.length, left, oldest_age_ms: oldestAgeMs };
    log(levelOf(report), 'relay-outbox published', { ...counts, ...facts() });
    logSetAside(setAside, { request_id: requestId });
  } catch (error) {
    log('error', 'relay-outbox failed; the next run goes on', { ...facts(), error });
    throw error;
  }
}

/** Every minute a line that says nothing would hide those that do. */
function levelOf({ published, setAside, left }: RelayReport): 'debug' | 'info' | 'warn' {
  if (left > 0) {
    return 'warn';
  }
  return published + setAside.length > 0 ? 'info' : 'debug';
}
