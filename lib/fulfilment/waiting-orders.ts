import * as z from 'zod';
import type { KafkaRecord } from '../orders/command.ts';
import { orderIdField } from '../orders/fields.ts';

/** As much of a status event as matters here. */
const statusEventSchema = z.object({ order_id: orderIdField, status: z.string() });

export interface WaitingOrders {
  /** Of events that say PROCESSING, each order once. */
  readonly orderIds: readonly string[];
  /** Records that are no status events. */
  readonly unreadable: readonly KafkaRecord[];
}

/**
 * The orders that a batch of status events tells to be waiting. Total: a record that cannot be read is left out, which
 * loses nothing, since what is to be done stands in the database.
 */
export function waitingOrders(records: readonly KafkaRecord[]): WaitingOrders {
  const events = records.map((record) => ({ record, event: readEvent(record) }));
  const waiting = events.flatMap(({ event }) => (event?.status === 'PROCESSING' ? event.order_id : []));
  return {
    orderIds: [...new Set(waiting)],
    unreadable: events.flatMap(({ record, event }) => (event === undefined ? record : [])),
  };
}

function readEvent({ value }: KafkaRecord): z.infer<typeof statusEventSchema> | undefined {
  try {
    return statusEventSchema.safeParse(JSON.parse(value?.toString('utf8') ?? '')).data;
  } catch {
    return undefined;
  }
}
