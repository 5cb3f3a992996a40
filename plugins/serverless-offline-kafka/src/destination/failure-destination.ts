import type { DestinationDefinition } from '../configuration/mapping-definition.ts';
import type { ClusterSettings } from '../kafka/cluster-settings.ts';
import type { Log } from '../serverless.ts';
import { KafkaDestination } from './kafka-destination.ts';
import { assertSqsClientInstalled, SqsDestination } from './sqs-destination.ts';

/** Records that the function is not tried with again, or never was. */
export interface DiscardedBatch {
  readonly condition: 'RetryAttemptsExhausted' | 'MaximumRecordAgeExceeded' | 'MaximumPayloadSizeExceeded';
  /** One or more, in offset order per partition. */
  readonly records: readonly DiscardedRecord[];
  /** The invocation event of exactly these records, as JSON. */
  readonly event: string;
  /** The invocation event of one of them alone, as JSON. */
  readonly eventOf: (record: DiscardedRecord) => string;
  /** Of the last invocation; a fresh UUID if there was none. */
  readonly requestId: string;
  readonly invokeCount: number;
}

export interface DiscardedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
}

/** Takes the batches of one mapping that are given up. It connects at the first. */
export interface FailureDestination {
  /** For people: `kafka://orders-dlt`, `sqs:orders-dlq`. */
  readonly place: string;
  /**
   * Resolves when the destination has taken all of it. What fails may be sent again, and parts of it may then be
   * there twice.
   * @throws EventSourceError at most 10 s after the last sign of progress: `destination_refused`, or
   * `destination_unreachable` when nobody is there who could take or refuse it
   */
  send(batch: DiscardedBatch): Promise<void>;
  /** Within a second. Never throws; nothing may be sent afterwards. */
  close(): Promise<void>;
}

export interface DestinationParts {
  readonly cluster: ClusterSettings;
  /** Without a version or alias. */
  readonly functionArn: string;
  /** Of an MSK cluster. */
  readonly eventSourceArn?: string;
  /** URL of what speaks SQS locally. */
  readonly sqsEndpoint?: string;
  readonly log: Log;
}

/**
 * For the start, so that it is not found at the first failure.
 * @throws EventSourceError `invalid_configuration` when the package for this kind of destination is not installed
 */
export function checkDestination(definition: DestinationDefinition): void {
  if (definition.type === 'sqs') {
    assertSqsClientInstalled();
  }
}

export function createDestination(
  definition: DestinationDefinition,
  parts: DestinationParts,
): FailureDestination {
  return definition.type === 'kafka'
    ? new KafkaDestination(definition.topic, parts)
    : new SqsDestination(definition.queueArn, parts);
}
