import { logDeadLetters } from '../dead-letters/log-dead-letters.ts';
import { log } from '../observability/logger.ts';
import { offsetRanges } from '../observability/offset-ranges.ts';
import type { KafkaRecord } from '../orders/command.ts';
import type { BatchSummary } from './process-batch.ts';

/** Runs the processing of a batch. Logs one line about the batch and one per dead letter. Rethrows a failure. */
export async function loggedBatch(
  name: string,
  requestId: string,
  records: readonly KafkaRecord[],
  work: () => Promise<BatchSummary>,
): Promise<void> {
  const startedAt = performance.now();
  const batchFields = { request_id: requestId, records: records.length, offsets: offsetRanges(records) };
  try {
    const { created, updated, deadLetters } = await work();
    const ms = Math.round(performance.now() - startedAt);
    log('info', `${name} committed`, {
      ...batchFields,
      created,
      updated,
      dead_letters: deadLetters.length,
      ms,
    });
    logDeadLetters(requestId, deadLetters);
  } catch (error) {
    log('error', `${name} failed; the batch will be delivered again`, { ...batchFields, error });
    throw error;
  }
}
