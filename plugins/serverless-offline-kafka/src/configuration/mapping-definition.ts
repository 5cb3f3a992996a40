import type { Backoff } from '../delivery/backoff.ts';
import type { RecordFilter } from '../filter/record-filter.ts';
import type { ClusterSettings } from '../kafka/cluster-settings.ts';

/** One event source mapping that is enabled, with everything that the service file and the options say of it. */
export interface MappingDefinition {
  readonly logicalId: string;
  readonly functionKey: string;
  readonly topic: string;
  /** Of a mapping to MSK; one to a self-managed cluster has none. */
  readonly eventSourceArn?: string;
  readonly consumerGroupId: string;
  readonly batchSize: number;
  readonly batchingWindowMs: number;
  readonly startingPosition: StartingPosition;
  /** A record must pass one of them, if there are any. */
  readonly filters: readonly RecordFilter[];
  readonly filterMismatch: FilterMismatch;
  readonly failures: FailureHandling;
  readonly destination?: DestinationDefinition;
  readonly batches: Batches;
  readonly nullFields: NullFields;
  readonly cluster: ClusterSettings;
}

/** Where a group begins that has no committed offset. */
export type StartingPosition =
  | { readonly type: 'TRIM_HORIZON' }
  | { readonly type: 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestampMs: number };

/** What becomes of a batch that fails. */
export interface FailureHandling {
  /** After the first attempt; Infinity: for ever. The cap of ten with a destination is applied. */
  readonly maximumRetries: number;
  /** Infinity: records never get too old. */
  readonly maximumRecordAgeMs: number;
  readonly bisects: boolean;
  readonly reportsItemFailures: boolean;
  readonly partialResponse: PartialResponse;
  readonly backoff: Backoff;
}

/** Where batches go that are given up. */
export type DestinationDefinition =
  | { readonly type: 'kafka'; readonly topic: string }
  | { readonly type: 'sqs'; readonly queueArn: string };

/** Whether a batch may hold records of several partitions. AWS allows it and does not say when it happens. */
export type Batches = 'per-partition' | 'mixed';

/** Whether a null key or value is left out of the event, or null in it. AWS does not say. */
export type NullFields = 'omit' | 'null';

/**
 * Which records of a partial batch response are tried again: those that it names, or every one from the lowest
 * that it names in each partition. AWS does not say.
 */
export type PartialResponse = 'reported' | 'from-lowest';

/**
 * What happens to a record whose value has another form than the filter's pattern, such as text and a pattern for JSON.
 * AWS documents both.
 */
export type FilterMismatch = 'pass' | 'drop';
