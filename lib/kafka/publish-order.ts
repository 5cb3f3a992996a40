import { OrderlyError } from '../errors.ts';
import type { AcceptedOrder } from '../orders/accept-order.ts';
import type { Producer } from './producer.ts';
import type { TopicValues } from './topics.ts';

/**
 * Produces an accepted order to `orders`, keyed by its id, so that all commands of one order keep their
 * place in one partition. Resolves when Kafka has acknowledged it.
 * @throws OrderlyError `kafka_unavailable` with the order's id: it may be stored or not, and sending the
 * order again under that id is safe.
 */
export async function publishOrder(
  producer: Producer<TopicValues>,
  { order, eventId }: AcceptedOrder,
): Promise<void> {
  try {
    await producer.send('orders', { key: order.order_id, value: order, headers: { 'event-id': eventId } });
  } catch (error) {
    if (error instanceof OrderlyError && error.code === 'kafka_unavailable') {
      throw new OrderlyError(
        'kafka_unavailable',
        'Kafka did not acknowledge the order in time. It may be stored or not; sending it again with this order_id is safe.',
        { cause: error.cause ?? error, details: { order_id: order.order_id } },
      );
    }
    throw error;
  }
}
