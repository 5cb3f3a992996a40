import * as z from 'zod';
import type { WaitingOrder } from '../observability/flow-events.ts';
import type { KafkaRecord } from '../orders/command.ts';
import { orderIdField } from '../orders/fields.ts';
import { unframed } from '../orders/framed-value.ts';

/** The fields of a status event that are needed here. */
const statusEventSchema = z.object({ order_id: orderIdField, status: z.string() });

export interface WaitingOrders {
  /** The orders of PROCESSING events, each once, with its last event. */
  readonly waiting: readonly WaitingOrder[];
  /** Records that are not status events. */
  readonly unreadable: readonly KafkaRecord[];
}

/**
 * Returns the orders that wait for their fulfilment according to a batch of status events. Never throws. Skipping
 * an unreadable record loses no work, because the attempts are in the database.
 */
export function waitingOrders(records: readonly KafkaRecord[]): WaitingOrders {
  const events = records.map((record) => ({ record, event: readEvent(record) }));
  const waiting = events.flatMap(({ record, event }) =>
    event?.status === 'PROCESSING' ? [[event.order_id, record] as const] : [],
  );
  return {
    waiting: [...new Map(waiting)].map(([orderId, record]) => ({ orderId, record })),
    unreadable: events.flatMap(({ record, event }) => (event === undefined ? record : [])),
  };
}

function readEvent({ value }: KafkaRecord): z.infer<typeof statusEventSchema> | undefined {
  try {
    const payload = value === null ? undefined : unframed(value)?.payload;
    return statusEventSchema.safeParse(JSON.parse(payload?.toString('utf8') ?? '')).data;
  } catch {
    return undefined;
  }
}
