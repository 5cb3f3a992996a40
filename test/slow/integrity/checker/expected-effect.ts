import type { DeadLetterCode } from '../../../../lib/orders/command.ts';
import { poisonCodes } from '../load/poison.ts';
import type { Evidence } from './evidence.ts';
import { identityOf, type OrdersRecord } from './observations.ts';

/**
 * What a record must have done, said once more and as simply as possible, without the code that is being tested:
 * the first create of an id stands, the same again changes nothing, other content is refused, a cancel before its order
 * is refused however often it comes, and any other cancel leaves a line whether it wins or not.
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
  const ofKey = records.get(record.key) ?? [];
  if (record.eventType === 'order.cancel_requested') {
    const identity = identityOf(record);
    const first = ofKey.find(
      (other) => other.eventType === 'order.created' || identityOf(other) === identity,
    );
    return first?.eventType === 'order.created'
      ? { kind: 'line' }
      : { kind: 'letter', code: 'order_unknown' };
  }
  if (record.eventType !== 'order.created') {
    return { kind: 'letter', code: 'unknown_event_type' };
  }
  const isFirst = record.content === firstCreate(ofKey)?.content;
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
