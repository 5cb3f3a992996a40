import { systemClock } from './clock.ts';
import { database, producer } from './connections.ts';
import { publishOutbox } from './kafka/publish-outbox.ts';
import { logSetAside } from './observability/log-set-aside.ts';
import { log } from './observability/logger.ts';
import type { OutboxEntry } from './orders/outbox-entry.ts';
import { settleOutbox } from './store/settle-outbox.ts';

/**
 * Publishes what a commit has left in the outbox. Never rejects: what does not succeed here, the relay does later. Takes
 * about 10 s at the most.
 */
export async function announce(entries: readonly OutboxEntry[]): Promise<void> {
  if (entries.length === 0) {
    return;
  }
  try {
    const published = await publishOutbox(producer(), entries);
    await settleOutbox(database(), published, systemClock());
    const left = entries.length - published.acknowledged.length - published.refused.length;
    if (left > 0) {
      log('warn', 'Kafka did not take what was committed; the relay will send it', {
        outbox_rows: left,
        reason: published.trouble,
      });
    }
    logSetAside(published.refused);
  } catch (error) {
    log('warn', 'what was published is not noted; the relay will send it again', { error });
  }
}
