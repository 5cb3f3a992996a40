import { createConsumer } from '../../lib/kafka/consumer/consumer.ts';

interface Topics {
  payments: { order_id: string; amount: number };
}

await using consumer = createConsumer<Topics>({
  brokers: [process.argv[2] ?? '127.0.0.1:9092'],
  clientId: 'sampling',
  topics: ['payments'],
});

let sum = 0;
await consumer.consumeMessages(({ value }) => (sum += value?.amount ?? 0), { maxMessages: 3 });
console.log(`the first three: ${sum}`);

await consumer.consumeMessages(({ value }) => (sum += value?.amount ?? 0), { maxMessages: 2 });
console.log(`the first five: ${sum}`);
