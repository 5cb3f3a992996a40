import { afterEach, expect, test } from '@jest/globals';
import { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import {
  createTopic,
  produce,
  uniqueName,
} from '../../plugins/serverless-offline-kafka/test/support/kafka.ts';
import {
  startMapping,
  stopMappings,
} from '../../plugins/serverless-offline-kafka/test/support/recorded-mapping.ts';
import { until } from '../../plugins/serverless-offline-kafka/test/support/until.ts';
import { kafkaClient } from '../support/kafka.ts';

afterEach(stopMappings);

/** kafka-python assigns partitions with `range`, which kafkajs lacks. For Kafka only the name matters. */
const range: kafkajs.PartitionAssigner = (config) => ({
  ...kafkajs.PartitionAssigners.roundRobin(config),
  name: 'range',
  protocol: ({ topics }) => ({
    name: 'range',
    metadata: kafkajs.AssignerProtocol.MemberMetadata.encode({
      version: 1,
      topics,
      userData: Buffer.alloc(0),
    }),
  }),
});

test("while the predecessor's consumer is in the group, Orderly's consumer gets no record and logs the reason; then it continues after the commits", async () => {
  const topic = await createTopic(uniqueName(), 1);
  await produce(topic, 0, ['processed', 'processed']);
  const predecessor = kafkaClient().consumer({ groupId: `${topic}-group`, partitionAssigners: [range] });
  const processed: string[] = [];
  await predecessor.connect();
  await predecessor.subscribe({ topic, fromBeginning: true });
  await predecessor.run({ eachMessage: async ({ message }) => void processed.push(message.offset) });
  await until('the predecessor has processed them', () => processed.length === 2);

  const { invocations, delivered, lines } = startMapping({ topic });
  await until('the rejection is logged', () =>
    lines.some((line) => line.includes('supported protocols are incompatible')),
  );
  const invokedBeside = invocations.length;
  await predecessor.disconnect();
  await produce(topic, 0, ['waiting']);
  await until('a record is delivered', () => delivered(0).length > 0, 40_000);

  expect(invokedBeside).toBe(0);
  expect(delivered(0)).toEqual([2]);
});
