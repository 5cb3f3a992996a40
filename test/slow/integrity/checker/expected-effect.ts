import type { DeadLetterCode } from '../../../../lib/orders/command.ts';
import { poisonCodes } from '../load/poison.ts';
import type { Evidence } from './evidence.ts';
import { identityOf, type OrdersRecord } from './observations.ts';

/**
 * The required effect of a record, in a second and simple implementation that is independent of the tested code.
 * The first create of an id is stored. The same create again changes nothing, and other content is rejected. A cancel
 * before its order is always rejected. Every other cancel adds an entry to the history, accepted or not.
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

/** Returns whether the tables show the required effect of the record. */
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
