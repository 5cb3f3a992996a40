import { expect, test } from '@jest/globals';
import { PartitionDelivery } from '../../src/delivery/partition-delivery.ts';
import { joinGroup } from '../../src/kafka/group-member.ts';
import { brokers, createTopic, produce, uniqueName } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import { until } from '../support/until.ts';

const MEGABYTE = 1_000_000;

test('a blocked function lets no more than a batch and one fetch wait in memory', async () => {
  const topic = await createTopic(uniqueName(), 1);
  for (let megabyte = 0; megabyte < 20; megabyte += 1) {
    await produce(topic, 0, Array<Buffer>(50).fill(Buffer.alloc(MEGABYTE / 50)));
  }
  let bytesRead = 0;
  let heartbeats = 0;
  let pauses = 0;
  const deliveries = new Map<number, PartitionDelivery>();

  const member = await joinGroup(
    { bootstrapServers: brokers, log: aLog().log, topic, groupId: `${topic}-group`, sessionTimeoutMs: 6_000 },
    {
      assigned: (joined, { partitions }) => {
        for (const partition of partitions) {
          deliveries.set(
            partition,
            blockedDelivery(topic, partition, () => {
              pauses += 1;
              joined.pause(partition);
            }),
          );
        }
      },
      read: (partition, records) => {
        bytesRead += records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
        deliveries.get(partition)?.accept(records);
      },
      heartbeat: () => {
        heartbeats += 1;
      },
      unreachable: () => undefined,
    },
  );
  try {
    await until('reading has paused', () => pauses === 1);
    const seen = heartbeats;
    await until('fetching has had the time to go on', () => heartbeats > seen + 1);
  } finally {
    await member.leave();
  }

  expect(pauses).toBe(1);
  expect(bytesRead).toBeLessThan(5 * MEGABYTE); // of 20
});

/** Delivers batches of 100 to a function that never ends. */
function blockedDelivery(topic: string, partition: number, pause: () => void): PartitionDelivery {
  return new PartitionDelivery({
    origin: { topic, partition, bootstrapServers: brokers },
    batchSize: 100,
    batchingWindowMs: 0,
    passes: () => true,
    invoke: () => new Promise(() => undefined),
    commit: async () => undefined,
    pause,
    resume: () => undefined,
    after: Promise.resolve(),
    report: {
      succeeded: () => undefined,
      failed: () => undefined,
      filteredOut: () => undefined,
      warning: () => undefined,
    },
  });
}
