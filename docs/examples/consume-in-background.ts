import { once } from 'node:events';
import * as z from 'zod';
import { createConsumer } from '../../lib/kafka/consumer/consumer.ts';

const payment = z.object({ order_id: z.string(), amount: z.number() });

interface Topics {
  payments: z.infer<typeof payment>;
}

await using consumer = createConsumer<Topics>({
  brokers: [process.argv[2] ?? '127.0.0.1:9092'],
  clientId: 'bookkeeping',
  topics: ['payments'],
  groupId: 'bookkeeping',
  decode: (bytes) => payment.parse(JSON.parse(bytes.toString())),
  onUndecodable: ({ topic, partition, offset }, reason) =>
    console.error(`${topic}/${partition}@${offset} is not a payment: ${reason}`),
});

await consumer.start(({ key, value, headers }) => {
  if (value === null) {
    console.log(`${key} was deleted`);
    return;
  }
  const [, eventId] = headers.find(([name]) => name === 'event-id') ?? [];
  console.log(`${value.order_id} paid ${value.amount} (${eventId?.toString() ?? 'no event id'})`);
});

await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
