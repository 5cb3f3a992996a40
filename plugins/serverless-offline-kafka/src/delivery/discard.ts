import { randomUUID } from 'node:crypto';
import type {
  DiscardedBatch,
  DiscardedRecord,
  FailureDestination,
} from '../destination/failure-destination.ts';
import { EventSourceError, messageOf } from '../errors.ts';
import type { Log } from '../serverless.ts';
import { discardLine } from '../status/log-lines.ts';
import { backoffMs, brokerBackoff } from './backoff.ts';
import type { Batch } from './batch-dispatcher.ts';
import type { WaitingRecord } from './batching.ts';
import type { FailedRecords } from './delivery-report.ts';
import type { KafkaEvent } from './kafka-event.ts';

export interface DiscardParts {
  /** The function's key. */
  readonly functionKey: string;
  readonly destination: FailureDestination | undefined;
  readonly eventOf: (records: readonly WaitingRecord[]) => KafkaEvent;
  readonly log: Log;
}

/**
 * After this number of rejections the records are lost, as on AWS (`DestinationDeliveryFailures`). Requests to an
 * unavailable destination are retried without limit, so that a restart of the broker or the emulator loses nothing.
 */
const ATTEMPTS = 5;

/**
 * Sends failed records to the mapping's destination, or drops them without one, and logs it. Returns false if a stop or a
 * revocation came before the destination had accepted them.
 */
export async function discard(failed: FailedRecords, batch: Batch, parts: DiscardParts): Promise<boolean> {
  const { functionKey, destination, log } = parts;
  const requestId = failed.requestId ?? randomUUID();
  let lastReason: string | undefined;
  for (let failures = 0, rejections = 0; batch.isRunning(); ) {
    const records = failed.records.filter(batch.isAssigned);
    const line = (destinationText: string): string =>
      discardLine(functionKey, { ...failed, records }, destinationText);
    if (records.length === 0) {
      return false;
    }
    if (!destination) {
      log.error(line('dropped: the mapping has no on-failure destination'));
      return true;
    }
    if (rejections === ATTEMPTS) {
      log.error(line(`LOST: ${destination.label} rejected them ${ATTEMPTS} times`));
      return true;
    }
    try {
      const discarded = discardedBatch({ ...failed, records, requestId }, parts.eventOf);
      await batch.hold(() => destination.send(discarded));
      log.warning(line(`sent to ${destination.label}`));
      return true;
    } catch (error) {
      failures += 1;
      rejections += isUnavailable(error) ? 0 : 1;
      if (lastReason !== messageOf(error)) {
        lastReason = messageOf(error);
        log.warning(`${functionKey}: failed records cannot be sent: ${lastReason}`);
      }
      await batch.sleep(backoffMs(brokerBackoff, failures));
    }
  }
  return false;
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof EventSourceError && error.code === 'destination_unreachable';

function discardedBatch(
  failed: FailedRecords & { readonly requestId: string },
  eventOf: DiscardParts['eventOf'],
): DiscardedBatch {
  const { records, condition, requestId, invokeCount } = failed;
  const waiting = new Map(
    records.map((record): [DiscardedRecord, WaitingRecord] => [discarded(record), record]),
  );
  return {
    condition,
    records: [...waiting.keys()],
    event: JSON.stringify(eventOf(records)),
    eventOf: (record) => JSON.stringify(eventOf([waiting.get(record)].filter((one) => one !== undefined))),
    requestId,
    invokeCount,
  };
}

function discarded({ topic, partition, offset, timestampMs, key }: WaitingRecord): DiscardedRecord {
  return { topic, partition, offset, timestampMs, key: key == null ? null : Buffer.from(key, 'base64') };
}
