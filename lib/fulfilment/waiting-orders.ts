import * as z from 'zod';
import type { KafkaRecord } from '../orders/command.ts';
import { orderIdField } from '../orders/fields.ts';

/** The fields of a status event that are needed here. */
const statusEventSchema = z.object({ order_id: orderIdField, status: z.string() });

export interface WaitingOrders {
  /** The orders of PROCESSING events, each once. */
  readonly orderIds: readonly string[];
  /** Records that are not status events. */
  readonly unreadable: readonly KafkaRecord[];
}

/**
 * Returns the orders that wait for their fulfilment according to a batch of status events. Never throws. Skipping
 * an unreadable record loses no work, because the attempts are in the database.
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
