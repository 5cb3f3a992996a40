import type { DestinationDefinition } from '../configuration/mapping-definition.ts';
import type { ClusterSettings } from '../kafka/cluster-settings.ts';
import type { Log } from '../serverless.ts';
import { KafkaDestination } from './kafka-destination.ts';
import { assertSqsClientInstalled, SqsDestination } from './sqs-destination.ts';

/** Records that are not delivered to the function any more. */
export interface DiscardedBatch {
  readonly condition: 'RetryAttemptsExhausted' | 'MaximumRecordAgeExceeded' | 'MaximumPayloadSizeExceeded';
  /** One or more, in offset order per partition. */
  readonly records: readonly DiscardedRecord[];
  /** The event of these records, as JSON. */
  readonly event: string;
  /** Returns the event of one of these records, as JSON. */
  readonly eventOf: (record: DiscardedRecord) => string;
  /** The id of the last invocation; a new UUID if there was none. */
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

/** Receives the discarded batches of one mapping. It connects when the first batch is sent. */
export interface FailureDestination {
  /** For log messages: `kafka://orders-dlt`, `sqs:orders-dlq`. */
  readonly label: string;
  /**
   * Resolves when the destination has accepted the whole batch. A failed batch can be sent again; the destination can then
   * have some records twice.
   * @throws EventSourceError `destination_refused` or `destination_unreachable`, at most 10 s after the last progress
   */
  send(batch: DiscardedBatch): Promise<void>;
  /** Resolves within a second and never rejects. Send nothing afterwards. */
  close(): Promise<void>;
}

export interface DestinationParts {
  readonly cluster: ClusterSettings;
  /** Has no version and no alias. */
  readonly functionArn: string;
  /** The ARN of an MSK cluster. */
  readonly eventSourceArn?: string;
  /** The URL of a local SQS emulator. */
  readonly sqsEndpoint?: string;
  /** The time limit of a request. Default: 8 s. */
  readonly requestTimeoutMs?: number;
  readonly log: Log;
}

/**
 * Checks a destination at the start, not at the first failure.
 * @throws EventSourceError `invalid_configuration` when the package for this type of destination is not installed
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
