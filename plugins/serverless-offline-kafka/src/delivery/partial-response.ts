import * as z from 'zod';
import type { PartialResponse } from '../configuration/mapping-definition.ts';
import type { WaitingRecord } from './batching.ts';
import { partitionKey } from './kafka-event.ts';

/** The records that a function reports as failed, or the reason why its response makes the whole batch fail. */
export type ReportedFailures = { readonly failed: readonly WaitingRecord[] } | { readonly problem: string };

const responseSchema = z.looseObject({
  batchItemFailures: z
    .array(z.looseObject({ itemIdentifier: z.looseObject({ partition: z.string(), offset: z.int() }) }))
    .nullish(),
});

/**
 * Reads the response of a function with `ReportBatchItemFailures`. Identifiers are objects, unlike those of queues. An empty
 * response is a success. A response of another shape, or with a record that was not in the event, fails the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function reportedFailures(
  response: unknown,
  records: readonly WaitingRecord[],
  retried: PartialResponse,
): ReportedFailures {
  if (response === null || response === undefined) {
    return { failed: [] };
  }
  const parsed = responseSchema.safeParse(response);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = ['the response', ...(issue?.path ?? [])].join('.');
    return { problem: `batchItemFailures cannot be read: ${where}: ${issue?.message}` };
  }
  const known = new Set(
    records.map(({ topic, partition, offset }) => `${partitionKey(topic, partition)}@${offset}`),
  );
  const lowest = new Map<string, number>();
  const reported = new Set<string>();
  for (const { itemIdentifier } of parsed.data.batchItemFailures ?? []) {
    const { partition, offset } = itemIdentifier;
    const id = `${partition}@${offset}`;
    if (!known.has(id)) {
      return {
        problem: `batchItemFailures names offset ${offset} of ${partition}, which was not in the event`,
      };
    }
    reported.add(id);
    lowest.set(partition, Math.min(offset, lowest.get(partition) ?? offset));
  }
  const isFailed = ({ topic, partition, offset }: WaitingRecord): boolean => {
    const key = partitionKey(topic, partition);
    return retried === 'reported'
      ? reported.has(`${key}@${offset}`)
      : offset >= (lowest.get(key) ?? Number.POSITIVE_INFINITY);
  };
  return { failed: records.filter(isFailed) };
}
