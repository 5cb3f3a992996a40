import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { committedOffsets } from '../../src/kafka/group-offsets.ts';
import { accessTo } from '../support/broker-access.ts';
import { freshTopic, type KafkaCluster, startKafkaCluster, waitForGroups } from '../support/kafka-cluster.ts';
import { aLog } from '../support/log.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

/** An unresponsive broker is detected after 15 s, and joining takes a second or two; the rest is for a busy machine. */
const CONTINUES_MS = 60_000;

let cluster: KafkaCluster;

beforeAll(async () => {
  cluster = await startKafkaCluster();
  await waitForGroups(cluster.brokers);
  await cluster.untilInSync(['__consumer_offsets']);
});
afterEach(stopMappings);
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

test('after the coordinator of its group is frozen, a mapping joins again through another broker, and commits new records', async () => {
  const topic = await freshTopic(1, cluster.brokers);
  const consumerGroupId = await groupWithoutLeaderOf(topic);
  const settings = { bootstrapServers: cluster.brokers.join(), security: {}, sessionTimeoutMs: 6_000 };
  const { log } = aLog();
  const isCommitted = async (offset: number): Promise<boolean> => {
    const reading = committedOffsets({ ...settings, log }, topic, consumerGroupId, new Map());
    const offsets = await reading.catch(() => undefined); // while the new coordinator loads the group
    return offsets?.get(0) === offset;
  };
  const { delivered, holds, lines } = startMapping({ topic, consumerGroupId, cluster: settings });
  await accessTo(settings.bootstrapServers).send(topic, [{ value: 'before' }]);
  await until('the first record is committed', () => isCommitted(1));

  const coordinator = await cluster.coordinator(consumerGroupId);
  const others = cluster.brokers.filter((broker) => broker !== coordinator.address);
  coordinator.freeze();
  await cluster.untilFenced(coordinator.nodeId, '__consumer_offsets');
  await accessTo(others.join()).send(topic, [{ value: 'after' }]);
  await until('the second record is committed', () => isCommitted(2), CONTINUES_MS);
  await until('the restored connection is reported', () => lines.some((line) => line.endsWith('restored')));

  expect(holds()).toHaveLength(2);
  expect(lines.filter((line) => line.includes('retrying'))).toHaveLength(1);
  expect([...new Set(delivered(0))]).toEqual([0, 1]); // the second record can be delivered before and after the join
});

/** With this group, the mapping still reads while its coordinator is frozen. kafkajs alone does not join again for minutes. */
async function groupWithoutLeaderOf(topic: string): Promise<string> {
  const [leader] = await cluster.leaders(topic);
  for (let number = 0; ; number += 1) {
    const groupId = `${topic}-group-${number}`;
    if ((await cluster.coordinator(groupId)).nodeId !== leader) {
      return groupId;
    }
  }
}
