import type { DeadLetterCode } from '../../../lib/orders/command.ts';
import { poisonCodes } from '../load/poison.ts';
import type { Evidence } from './evidence.ts';
import { identityOf, type OrdersRecord } from './observations.ts';

/**
 * What a record must have done, said once more and as simply as possible, without the code that is being tested:
 * the first create of an id stands, the same again changes nothing, other content is refused, and a cancel leaves
 * a line whether it wins or not.
 */
export type ExpectedEffect =
  | { readonly kind: 'order' }
  | { readonly kind: 'line' }
  | { readonly kind: 'letter'; readonly code: DeadLetterCode };

export function expectedEffect(record: OrdersRecord, { poison, records }: Evidence): ExpectedEffect {
  const poisoned = poison.get(record.key);
  if (poisoned !== undefined) {
    return { kind: 'letter', code: poisonCodes[poisoned.poison] };
  }
  if (record.eventType !== 'order.created') {
    return { kind: 'line' };
  }
  const isFirst = record.content === firstCreate(records.get(record.key))?.content;
  return isFirst ? { kind: 'order' } : { kind: 'letter', code: 'order_id_conflict' };
}

export const firstCreate = (records: readonly OrdersRecord[] = []): OrdersRecord | undefined =>
  records.find(({ eventType }) => eventType === 'order.created');

/** Whether the tables show what the record must have done. */
export function hasEffect(record: OrdersRecord, evidence: Evidence): boolean {
  switch (expectedEffect(record, evidence).kind) {
    case 'order':
      return evidence.rows.has(record.key);
    case 'line':
      return (evidence.lines.get(record.key) ?? []).some(({ eventId }) => eventId === record.eventId);
    case 'letter':
      return evidence.letters.has(identityOf(record));
  }
}
