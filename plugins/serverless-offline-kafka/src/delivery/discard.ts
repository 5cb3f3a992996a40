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

export interface DiscardParts {
  /** The function's key. */
  readonly functionKey: string;
  readonly destination: FailureDestination | undefined;
  readonly eventOf: (records: readonly WaitingRecord[]) => string;
  readonly log: Log;
}

/**
 * A destination that refuses more often than this loses the records, as on AWS (`DestinationDeliveryFailures`). One that
 * is away is waited for: a broker that is started again, or an emulator that is started late, loses nothing.
 */
const ATTEMPTS = 5;

/**
 * Sends records that are given up to the mapping's destination, or drops them where there is none, and says so. False
 * when it was stopped, or the partitions were lost, before the destination had them.
 */
export async function discard(given: FailedRecords, batch: Batch, parts: DiscardParts): Promise<boolean> {
  const { functionKey, destination, log } = parts;
  const requestId = given.requestId ?? randomUUID();
  let told: string | undefined;
  for (let failures = 0, refusals = 0; batch.isRunning(); ) {
    const records = given.records.filter(batch.isAssigned);
    const line = (whereTo: string): string => discardLine(functionKey, { ...given, records }, whereTo);
    if (records.length === 0) {
      return false;
    }
    if (!destination) {
      log.error(line('dropped: the mapping has no on-failure destination'));
      return true;
    }
    if (refusals === ATTEMPTS) {
      log.error(line(`LOST: ${destination.place} refused them ${ATTEMPTS} times`));
      return true;
    }
    try {
      const discarded = discardedBatch({ ...given, records, requestId }, parts.eventOf);
      await batch.hold(() => destination.send(discarded));
      log.warning(line(`sent to ${destination.place}`));
      return true;
    } catch (error) {
      failures += 1;
      refusals += isUnavailable(error) ? 0 : 1;
      if (told !== messageOf(error)) {
        told = messageOf(error);
        log.warning(`${functionKey}: records that are given up cannot be sent: ${told}`);
      }
      await batch.sleep(backoffMs(brokerBackoff, failures));
    }
  }
  return false;
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof EventSourceError && error.code === 'destination_unreachable';

function discardedBatch(
  given: FailedRecords & { readonly requestId: string },
  eventOf: DiscardParts['eventOf'],
): DiscardedBatch {
  const { records, condition, requestId, invokeCount } = given;
  const waiting = new Map<DiscardedRecord, WaitingRecord>(records.map((record) => [record, record]));
  return {
    condition,
    records,
    event: eventOf(records),
    eventOf: (record) => eventOf([waiting.get(record)].filter((one) => one !== undefined)),
    requestId,
    invokeCount,
  };
}
