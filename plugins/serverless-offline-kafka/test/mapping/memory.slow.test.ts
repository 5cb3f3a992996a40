import { expect, test } from '@jest/globals';
import { joinGroup } from '../../src/kafka/group-member.ts';
import { PartitionQueues } from '../../src/mapping/partition-queues.ts';
import { aDefinition } from '../support/a-definition.ts';
import { brokers, createTopic, produce, uniqueName } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import { until } from '../support/until.ts';

const MEGABYTE = 1_000_000;

test.each(['per-partition', 'mixed'] as const)(
  'a blocked function limits the waiting records to a batch and one fetch (%s)',
  async (batches) => {
    const topic = await createTopic(uniqueName(), 1);
    for (let megabyte = 0; megabyte < 20; megabyte += 1) {
      await produce(topic, 0, Array<Buffer>(50).fill(Buffer.alloc(MEGABYTE / 50)));
    }
    let bytesRead = 0;
    let heartbeats = 0;
    let pauses = 0;
    const { log } = aLog();
    const queues = new PartitionQueues({
      definition: aDefinition({ topic, batches, batchSize: 100 }),
      invoke: () => new Promise(() => undefined),
      destination: undefined,
      filteredOut: () => undefined,
      log,
    });

    const member = await joinGroup(
      {
        bootstrapServers: brokers,
        security: {},
        log,
        topic,
        groupId: `${topic}-group`,
        sessionTimeoutMs: 6_000,
        batchingWindowMs: 0,
      },
      {
        assigned: (joined, { partitions }) => {
          const counting = {
            ...joined,
            pause: (partition: number): void => {
              pauses += 1;
              joined.pause(partition);
            },
          };
          for (const partition of partitions) {
            queues.open(counting, partition);
          }
        },
        read: (partition, records) => {
          bytesRead += records.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
          queues.get(partition)?.accept(records);
        },
        heartbeat: () => {
          heartbeats += 1;
        },
        unreachable: () => undefined,
        unreadable: () => undefined,
        passed: () => undefined,
      },
    );
    try {
      await until('a whole batch waits after the batch in flight', () => pauses === 1);
      const seen = heartbeats;
      await until('fetching has had time to continue', () => heartbeats > seen + 1);
    } finally {
      await member.leave();
    }

    expect(pauses).toBe(1);
    expect(bytesRead).toBeLessThan(5 * MEGABYTE); // of 20
  },
);
