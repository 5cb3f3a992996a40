import { createProducer } from '../../lib/kafka/producer/producer.ts';

/** Maps topic names to the types of their values. */
interface Topics {
  payments: { order_id: string; amount: number };
}

await using producer = createProducer<Topics>({
  brokers: [process.argv[2] ?? '127.0.0.1:9092'],
  clientId: 'billing',
});

// Sends one message; the result has its position in Kafka.
const { partition, offset } = await producer.send('payments', {
  key: 'order-1',
  value: { order_id: 'order-1', amount: 59.97 },
  headers: { 'event-id': 'payment-1' },
});
console.log(`payments/${partition}@${offset}`);

// Many messages: without waiting for each, they are sent in one batch.
const amounts = [10, 20, 30];
await Promise.all(
  amounts.map((amount, index) => {
    const order_id = `order-${index + 2}`;
    return producer.send('payments', { key: order_id, value: { order_id, amount } });
  }),
);

// Uses callbacks instead of promises; flush waits for the messages in flight.
void producer.send(
  'payments',
  { key: 'order-5', value: { order_id: 'order-5', amount: 40 } },
  {
    onSuccess: (stored) => console.log(`payments/${stored.partition}@${stored.offset}`),
    onError: (error) => console.error(error.code, error.message),
  },
);
await producer.flush();
