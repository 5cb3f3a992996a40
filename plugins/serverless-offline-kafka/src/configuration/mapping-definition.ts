import type { Backoff } from '../delivery/backoff.ts';
import type { RecordFilter } from '../filter/record-filter.ts';
import type { ClusterSettings } from '../kafka/cluster-settings.ts';

/** An enabled event source mapping, with its settings from the service file and the options. */
export interface MappingDefinition {
  readonly logicalId: string;
  readonly functionKey: string;
  readonly topic: string;
  /** The ARN of an MSK cluster; undefined for a self-managed cluster. */
  readonly eventSourceArn?: string;
  readonly consumerGroupId: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly startingPosition: StartingPosition;
  /** A record must pass one of the filters, if there is one. */
  readonly filters: readonly RecordFilter[];
  readonly filterMismatch: FilterMismatch;
  readonly failures: FailureHandling;
  readonly destination?: DestinationDefinition;
  readonly batches: Batches;
  readonly nullFields: NullFields;
  readonly cluster: ClusterSettings;
}

/** The position at which a group without committed offsets starts. */
export type StartingPosition =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestampMs: number };

/** The handling of a failed batch. */
export interface FailureHandling {
  /** The number of retries after the first attempt, or Infinity. Includes the limit of ten with a destination. */
  readonly maximumRetries: number;
  /** Infinity means that records never expire. */
  readonly maximumRecordAgeMs: number;
  readonly bisects: boolean;
  readonly reportsItemFailures: boolean;
  readonly partialResponse: PartialResponse;
  readonly backoff: Backoff;
}

/** The destination of discarded batches. */
export type DestinationDefinition =
  | { readonly type: 'kafka'; readonly topic: string }
  | { readonly type: 'sqs'; readonly queueArn: string };

/** The partitions of one batch: a single one, or several. AWS allows it, but does not document when it happens. */
export type Batches = 'per-partition' | 'mixed';

/** The form of a null key or value in the event: absent, or null. AWS does not document it. */
export type NullFields = 'omit' | 'null';

/**
 * The records that are retried after a partial batch response: the reported ones, or all from the lowest reported offset of
 * each partition. AWS does not document it.
 */
export type PartialResponse = 'reported' | 'from-lowest';

/** The result for a record whose value has another form than the pattern, such as text and JSON. AWS documents both. */
export type FilterMismatch = 'pass' | 'drop';
