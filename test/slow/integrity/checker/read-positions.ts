import { openAdmin } from '../../../support/kafka.ts';
import { FULFILMENT_GROUP, type GroupPosition, ORDERS_GROUP } from './observations.ts';

/** How far the groups have come, partition by partition. */
export async function readPositions(brokers: readonly string[]): Promise<GroupPosition[]> {
  await using admin = await openAdmin(brokers);
  const positions: GroupPosition[] = [];
  // One after the other: a client that has just connected fails one of two that both ask for its brokers.
  for (const { group, topic } of [ORDERS_GROUP, FULFILMENT_GROUP]) {
    const ends = await admin.fetchTopicOffsets(topic);
    const [found] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    const committed = new Map(found?.partitions.map(({ partition, offset }) => [partition, Number(offset)]));
    for (const { partition, high } of ends) {
      // -1: the group has committed nothing there
      const position = Math.max(0, committed.get(partition) ?? 0);
      positions.push({ group, topic, partition, committed: position, end: Number(high) });
    }
  }
  return positions;
}
