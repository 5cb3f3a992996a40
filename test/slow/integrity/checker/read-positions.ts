import { openAdmin } from '../../../support/kafka.ts';
import { FULFILMENT_GROUP, type GroupPosition, ORDERS_GROUP } from './observations.ts';

/** Reads the committed offsets of the groups and the ends of their partitions. */
export async function readPositions(brokers: readonly string[]): Promise<GroupPosition[]> {
  await using admin = await openAdmin(brokers);
  const positions: GroupPosition[] = [];
  // Sequentially: a client that has just connected fails one of two concurrent metadata requests.
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
