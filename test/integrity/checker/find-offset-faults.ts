import type { Evidence } from './evidence.ts';
import { hasEffect } from './expected-effect.ts';

/** Where a group has committed more than was done: what it will not be given again. */
export function findOffsetFaults(evidence: Evidence): string[] {
  const { positions, records } = evidence.observations;
  return [
    ...positions
      .filter(({ committed, end }) => committed > end)
      .map(
        ({ group, topic, partition, committed, end }) =>
          `${group} ${topic}/${partition}: committed ${committed}, and the topic ends at ${end}`,
      ),
    ...records
      .filter((record) => evidence.isCommitted(record) && !hasEffect(record, evidence))
      .map(
        ({ partition, offset, key }) =>
          `orders ${partition}/${offset}: of ${key} is committed without an effect`,
      ),
  ];
}
