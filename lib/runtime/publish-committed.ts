import { log } from '../observability/logger.ts';
import { logParked } from '../outbox/logged-relay.ts';
import type { OutboxEntry } from '../outbox/outbox-entry.ts';
import { completeOutbox, publishOutbox } from '../outbox/publish-outbox.ts';
import { systemClock } from '../time/clock.ts';
import { database, producer } from './connections.ts';

/**
 * Publishes what a commit has left in the outbox. Never rejects: what does not succeed here, the relay does later. Takes
 * about 10 s at the most.
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
      log('warn', 'Kafka did not take what was committed; the relay will send it', {
        outbox_rows: left,
        reason: published.failure,
      });
    }
    logParked(published.rejected);
  } catch (error) {
    log('warn', 'what was published is not noted; the relay will send it again', { error });
  }
}
