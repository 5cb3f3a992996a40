import { v7 as uuidv7 } from 'uuid';
import type { Producer } from '../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../lib/kafka/topics/topics.ts';
import { newOrder } from './prepared-events.ts';

const SENT_AT_ONCE = 5_000;

/** Produces new orders to the topic `orders`. */
export async function produceOrders(producer: Producer<TopicValues>, orders: number): Promise<void> {
  for (let sent = 0; sent < orders; sent += SENT_AT_ONCE) {
    await Promise.all(
      Array.from({ length: Math.min(SENT_AT_ONCE, orders - sent) }, () => {
        const value = newOrder();
        return producer.send('orders', { key: value.order_id, value, headers: { 'event-id': uuidv7() } });
      }),
    );
  }
}
