import { expect, test } from '@jest/globals';
import { untilConsumed } from '../../../bench/beside/until-stored.ts';
import { freshTopic, kafkaClient, testBrokers } from '../../support/kafka.ts';

const running = { assertRunning: () => undefined };

async function topicWithRecords(records: number): Promise<string> {
  const topic = await freshTopic(2);
  const producer = kafkaClient().producer();
  await producer.connect();
  await producer.send({
    topic,
    messages: Array.from({ length: records }, (_, key) => ({ key: `${key}`, value: '' })),
  });
  await producer.disconnect();
  return topic;
}

test('nothing is awaited on a topic without records', async () => {
  const topic = await freshTopic(2);

  await expect(untilConsumed({ brokers: testBrokers(), topic, consumer: running })).resolves.toBeUndefined();
});

test('a consumer that ends while records wait ends the wait with its cause', async () => {
  const topic = await topicWithRecords(5);
  let checks = 0;
  const consumer = {
    assertRunning: () => {
      checks += 1;
      if (checks === 3) {
        throw new Error('consumer.py batch ended with exit code 1:\nTraceback');
      }
    },
  };

  const waiting = untilConsumed({ brokers: testBrokers(), topic, consumer });

  await expect(waiting).rejects.toThrow('ended with exit code 1:\nTraceback');
  expect(checks).toBe(3);
});
