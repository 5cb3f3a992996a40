import { setTimeout } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { kafkajs } from '../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import {
  startMapping,
  stopMappings,
} from '../../../plugins/serverless-offline-kafka/test/support/recorded-mapping.ts';
import { until } from '../../../plugins/serverless-offline-kafka/test/support/until.ts';
import { createTopicsWithLeaders, kafkaClient, openAdmin } from '../../support/kafka.ts';
import { ownServers } from '../../support/own-servers.ts';

const PARTITIONS = [0, 1, 2];
const RECORDS = 100;

afterEach(stopMappings);

test('after a kill -9 of the broker during delivery, every record is delivered in order and committed', async () => {
  await using servers = ownServers();
  const broker = await servers.startKafka();
  const brokers = [`127.0.0.1:${broker.port}`];
  const topic = 'restarted';
  await fill(topic, brokers);
  const { mapping, invocations, delivered, lines } = startMapping(
    { topic, cluster: { bootstrapServers: brokers.join(), security: {}, sessionTimeoutMs: 6_000 } },
    async () => {
      await setTimeout(200); // the work of a function
    },
  );
  await until('batches are in flight', () => invocations.length >= 2 * PARTITIONS.length);

  broker.kill();
  await broker.ended;
  const inFlight = invocations.filter(({ endedMs }) => endedMs === undefined).length;
  await until('the lost connection is reported', () => lines.some((line) => line.startsWith('warning')));
  await servers.startKafka(broker.port);
  const all = PARTITIONS.map(() => RECORDS);
  await until('all records are committed', async () => `${await committed(topic, brokers)}` === `${all}`);

  await until('the restored connection is reported', () =>
    lines.some((line) => line.endsWith(': connection restored')),
  );
  await mapping.stop();

  expect(inFlight).toBeGreaterThan(0);
  for (const partition of PARTITIONS) {
    expect(delivered(partition)).toEqual(Array.from({ length: RECORDS }, (_, offset) => offset));
  }
  expect(lines.filter((line) => line.includes('retrying'))).toHaveLength(1);
});

async function fill(topic: string, brokers: string[]): Promise<void> {
  await using admin = await openAdmin(brokers);
  await createTopicsWithLeaders(admin, { topic, numPartitions: PARTITIONS.length });
  const producer = kafkaClient(brokers).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    idempotent: true, // a repeated request would store its records twice
  });
  await producer.connect();
  const messages = PARTITIONS.flatMap((partition) =>
    Array.from({ length: RECORDS }, (_, index) => ({ partition, value: `${index}` })),
  );
  await producer.send({ topic, messages });
  await producer.disconnect();
}

async function committed(topic: string, brokers: string[]): Promise<number[]> {
  await using admin = await openAdmin(brokers);
  try {
    const [offsets] = await admin.fetchOffsets({ groupId: `${topic}-group`, topics: [topic] });
    return PARTITIONS.map((id) =>
      Number(offsets?.partitions.find(({ partition }) => partition === id)?.offset ?? -1),
    );
  } catch (error) {
    if (error instanceof kafkajs.KafkaJSError) {
      return []; // the coordinator is still loading
    }
    throw error;
  }
}
