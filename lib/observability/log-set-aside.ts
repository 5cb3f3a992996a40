import type { PublishedOutbox } from '../orders/outbox-entry.ts';
import type { LogFields } from './log-line.ts';
import { log } from './logger.ts';

/** One line per row of the outbox that Kafka will never take, which a person must look at. */
export function logSetAside(rows: PublishedOutbox['refused'], where: LogFields = {}): void {
  for (const { id, error } of rows) {
    log('error', 'a row of the outbox cannot be published and is set aside', {
      ...where,
      outbox_row: id,
      reason: error,
    });
  }
}
