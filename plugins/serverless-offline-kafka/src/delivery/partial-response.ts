import * as z from 'zod';
import type { PartialResponse } from '../configuration/mapping-definition.ts';
import type { WaitingRecord } from './batching.ts';
import { placeOf } from './kafka-event.ts';

/** The records that a function has reported as failed; or why its answer makes the whole batch fail. */
export type ReportedFailures = { readonly failed: readonly WaitingRecord[] } | { readonly problem: string };

const answerSchema = z.looseObject({
  batchItemFailures: z
    .array(z.looseObject({ itemIdentifier: z.looseObject({ partition: z.string(), offset: z.int() }) }))
    .nullish(),
});

/**
 * Reads the answer of a function with `ReportBatchItemFailures`: identifiers are objects, unlike those of queues. No
 * answer, and one that names nothing, is a success; one that names a record that was not in the event, or that has
 * another shape, is a failure of the whole batch.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function reportedFailures(
  answer: unknown,
  records: readonly WaitingRecord[],
  retried: PartialResponse,
): ReportedFailures {
  if (answer === null || answer === undefined) {
    return { failed: [] };
  }
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = ['the answer', ...(issue?.path ?? [])].join('.');
    return { problem: `batchItemFailures cannot be read: ${where}: ${issue?.message}` };
  }
  const known = new Set(
    records.map(({ topic, partition, offset }) => `${placeOf(topic, partition)}@${offset}`),
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
    const place = placeOf(topic, partition);
    return retried === 'reported'
      ? reported.has(`${place}@${offset}`)
      : offset >= (lowest.get(place) ?? Number.POSITIVE_INFINITY);
  };
  return { failed: records.filter(isFailed) };
}
