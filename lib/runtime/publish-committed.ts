import { log } from '../observability/logger.ts';
import { logParked } from '../outbox/logged-relay.ts';
import type { OutboxEntry } from '../outbox/outbox-entry.ts';
import { completeOutbox, publishOutbox } from '../outbox/publish-outbox.ts';
import { systemClock } from '../time/clock.ts';
import { database, producer } from './connections.ts';

/**
 * Publishes outbox entries after their commit. Never rejects: the relay publishes the entries that fail here. Takes at
 * most about 10 s.
 */
export async function publishCommitted(entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) {
    return;
  }
  try {
    const published = await publishOutbox(producer(), entries);
    await completeOutbox(database(), published, systemClock());
    const left = entries.length - published.acknowledged.length - published.rejected.length;
    if (left > 0) {
      log('warn', 'Committed outbox rows were not published; the relay will publish them', {
        outbox_rows: left,
        reason: published.failure,
      });
    }
    logParked(published.rejected);
  } catch (error) {
    log('warn', 'Published outbox rows could not be completed; the relay will publish them again', { error });
  }
}
