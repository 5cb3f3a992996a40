import type { LogFields } from '../observability/log-line.ts';
import { log } from '../observability/logger.ts';
import type { PublishedOutbox } from './outbox-entry.ts';

/** One line per row of the outbox that Kafka will never take, which a person must look at. */
export function logParked(rows: PublishedOutbox['refused'], where: LogFields = {}): void {
  for (const { id, error } of rows) {
    log('error', 'a row of the outbox cannot be published and is set aside', {
      ...where,
      outbox_row: id,
      reason: error,
    });
  }
}
