import type { Evidence } from './evidence.ts';
import { hasEffect } from './expected-effect.ts';
import { FULFILMENT_GROUP, type GroupPosition, ORDERS_GROUP } from './observations.ts';

/** Finds groups that committed records without their effects, or that did not commit all records. */
export function findOffsetFaults(evidence: Evidence): string[] {
  const { positions, records, statusEvents } = evidence.observations;
  return [
    ...unread(ORDERS_GROUP, positions, records),
    ...unread(FULFILMENT_GROUP, positions, statusEvents),
    ...positions
      .filter(({ committed, end }) => committed > end)
      .map(
        ({ group, topic, partition, committed, end }) =>
          `${group} ${topic}/${partition}: committed ${committed}, but the topic ends at ${end}`,
      ),
    ...records
      .filter((record) => evidence.isCommitted(record) && !hasEffect(record, evidence))
      .map(
        ({ partition, offset, key }) =>
          `orders ${partition}/${offset}: the record of ${key} is committed without an effect`,
      ),
  ];
}

/** Partitions that the group has not committed to their ends. */
function unread(
  { group, topic }: Pick<GroupPosition, 'group' | 'topic'>,
  positions: readonly GroupPosition[],
  records: readonly { readonly partition: number; readonly offset: number }[],
): string[] {
  const own = new Map(
    positions
      .filter((position) => position.group === group)
      .map((position) => [position.partition, position]),
  );
  if (own.size === 0) {
    return [`${group}: has no committed offset`];
  }
  const lastOf = new Map<number, number>();
  for (const { partition, offset } of records) {
    lastOf.set(partition, Math.max(offset, lastOf.get(partition) ?? offset));
  }
  return [...new Set([...own.keys(), ...lastOf.keys()])].flatMap((partition) => {
    const { committed, end } = own.get(partition) ?? { committed: 0, end: 0 };
    const seen = Math.max(end, (lastOf.get(partition) ?? -1) + 1);
    return committed < seen
      ? [`${group} ${topic}/${partition}: committed ${committed} of ${seen} records`]
      : [];
  });
}
