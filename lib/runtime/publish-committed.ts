import { report } from '../observability/observe.ts';
import type { OutboxEntry } from '../outbox/outbox-entry.ts';
import { completeOutbox, publishOutbox, reportParked } from '../outbox/publish-outbox.ts';
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
    const published = await publishOutbox(producer(), entries, 'writer');
    await completeOutbox(database(), published, systemClock());
    reportParked(published.rejected);
  } catch (error) {
    report('outbox.not_completed', { error });
  }
}
