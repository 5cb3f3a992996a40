import type { ErrorCode } from '../errors/orderly-error.ts';
import type { DeadLetterCode, KafkaRecord, OrderCommand } from '../orders/command.ts';
import type { OrderStatus } from '../orders/order.ts';
import type { attemptResults, DatabaseGauge, GroupGauge } from './metrics/metrics.ts';

/**
 * The flow events: what the functions report about their work. Logs, metrics and traces are
 * the only subscribers. No payload has a body, a token, a secret or an Idempotency-Key.
 */

/** Work that takes time. Its event is published when the work has succeeded or failed. Only a success has an `end`. */
export interface Operations {
  /** A request to the HTTP API, from its arrival to its answer. An error is an answer, so it never fails. */
  'request.answered': { readonly start: IncomingRequest; readonly end: AnsweredRequest };
  /** The commands of one request, produced to the topic `orders`. Never fails: `end` has the failure. */
  'commands.produced': { readonly start: ProducedCommands; readonly end: Acknowledgements };
  /** A batch of the topic `orders`. A failed batch is delivered again. */
  'batch.processed': { readonly start: IncomingBatch; readonly end: ProcessedBatch };
  /** One transaction of a batch. A failed one is repeated, or its orders are written in smaller parts. */
  'batch.written': { readonly start: WrittenRows; readonly end: StoredRows };
  /** Committed rows of the outbox, published to their topics. Never fails: `end` has the rows that are left. */
  'outbox.published': { readonly start: OutboxRows; readonly end: PublishedRows };
  /** A run of the relay. `end` is undefined if another run is active. */
  'outbox.relayed': { readonly start: Invocation; readonly end: RelayedRows | undefined };
  /** A run of calls to the receiver. Failed calls that were not stored fall due again. */
  'calls.made': { readonly start: CallRun; readonly end: MadeCalls };
  /** One call to the receiver. Never fails: an error of the connection is a result. */
  'attempt.called': { readonly start: StartedAttempt; readonly end: AttemptResult };
}

/** Events at one moment, without a duration. */
export interface Facts {
  /** A request, or some orders of a bulk request, got an error with status 5xx. */
  'request.failed': {
    readonly requestId?: string;
    readonly code: string;
    readonly message: string;
    readonly cause: unknown;
  };
  /** The row of an Idempotency-Key could not be written. The request is answered without it. */
  'idempotency_key.unstored': { readonly step: 'claim' | 'mark'; readonly error: unknown };
  /** PostgreSQL did not say whether an order belongs to a customer. The command is accepted. */
  'owner.unchecked': { readonly error: unknown };
  /** The keys of the issuer could not be read. */
  'issuer_keys.unread': { readonly error: unknown };
  /** The id of a schema could not be looked up. */
  'schema_id.unknown': { readonly subject: string; readonly error: unknown };
  /** A principal has used its limit; the request was rejected. */
  'permits.exhausted': { readonly limit: number };
  /** Requests were accepted without a check of the limit, since the last such event. */
  'permits.unchecked': { readonly requests: number; readonly failure: unknown };
  /** A consumer has skipped records that it cannot read. */
  'records.skipped': { readonly records: readonly Position[] };
  /** A transaction has changed orders. */
  'orders.changed': { readonly changes: readonly OrderChange[]; readonly committedAt: number };
  /** A record became a dead letter, or an open letter again. */
  'dead_letter.opened': {
    readonly requestId: string;
    readonly code: DeadLetterCode;
    readonly message: string;
    readonly record: Position;
  };
  /** Kafka will never accept the messages of a row of the outbox. */
  'outbox.parked': { readonly row: string; readonly reason: string; readonly requestId?: string };
  /** Rows were published after their commit, but could not be deleted. They are published again. */
  'outbox.not_completed': { readonly error: unknown };
  /** The gauges of PostgreSQL and Kafka were read. */
  'gauges.collected': { readonly gauges: Gauges };
  /** Some gauges could not be read. */
  'gauges.unread': Invocation & { readonly names: readonly string[]; readonly error: unknown };
  /** Expired rows were deleted. */
  'rows.pruned': Invocation & PrunedRows;
}

export interface Invocation {
  readonly requestId: string;
}

export interface IncomingRequest extends Invocation {
  readonly method: string;
  readonly path: string;
  /** The route with its parameters, such as `GET /api/orders/{order_id}`, or `UNKNOWN_ROUTE`. */
  readonly route: string;
  readonly orderId: string | undefined;
  /** The caller's header, unchecked. */
  readonly traceparent: string | undefined;
}

/** The route of all requests that no route matches. They have one name together, because callers choose their paths. */
export const UNKNOWN_ROUTE = 'other';

export interface AnsweredRequest {
  readonly status: number;
  /** Fields that the handler added, such as the offsets of the produced records. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface ProducedCommands {
  /** The event type of all commands; undefined without a command. */
  readonly type: OrderCommand['type'] | undefined;
  readonly orderIds: readonly string[];
}

export interface Acknowledgements {
  readonly acknowledged: number;
  /** The code of the first command that was not acknowledged. */
  readonly failure: ErrorCode | undefined;
}

/** The position of a record in Kafka. */
export type Position = Pick<KafkaRecord, 'topic' | 'partition' | 'offset'>;

/** A record without the data of its order. */
export type RecordWithoutContent = Omit<KafkaRecord, 'key' | 'value'>;

/** Records that an event source delivered. */
export interface DeliveredRecords {
  /** Without the prefix of the stage. */
  readonly consumerGroup: string;
  readonly records: readonly RecordWithoutContent[];
}

export interface IncomingBatch extends Invocation, DeliveredRecords {
  readonly function: string;
}

export interface ProcessedBatch {
  readonly created: number;
  readonly updated: number;
  readonly deadLetters: number;
}

export interface WrittenRows {
  readonly orders: readonly {
    readonly orderId: string;
    readonly commands: readonly {
      readonly type: OrderCommand['type'];
      readonly record: RecordWithoutContent;
    }[];
  }[];
  readonly deadLetters: number;
}

export interface StoredRows {
  readonly created: number;
  readonly updated: number;
}

export interface OutboxRows {
  /** Which process publishes: the writer of the rows, the relay, or the redrive of an operator. */
  readonly by: 'writer' | 'relay' | 'redrive';
  readonly rows: number;
  readonly messages: number;
}

export interface PublishedRows {
  readonly acknowledged: number;
  readonly rejected: number;
  readonly left: number;
  readonly failure: string | undefined;
}

export interface RelayedRows {
  readonly published: number;
  readonly parked: number;
  readonly left: number;
  readonly oldestAgeMs: number | undefined;
}

export interface CallRun extends Invocation {
  readonly function: string;
  /** The status events that started the run, if a consumer runs. */
  readonly delivered?: DeliveredRecords & { readonly waiting: readonly WaitingOrder[] };
}

/** An order that waits for a call, and its status event. */
export interface WaitingOrder {
  readonly orderId: string;
  readonly record: RecordWithoutContent;
}

export interface MadeCalls {
  readonly called: number;
  readonly released: number;
  readonly completed: number;
  readonly failed: number;
  readonly postponed: number;
  readonly postponedReason?: string | undefined;
  readonly leaseLost: number;
}

export interface StartedAttempt {
  readonly orderId: string;
  /** Calls for this order, including this one. */
  readonly attempt: number;
  /** The record that created the order. */
  readonly record: RecordWithoutContent;
  readonly receiver: { readonly address: string; readonly port: number };
}

export interface AttemptResult {
  /** The status of the response; undefined without a response. */
  readonly status: number | undefined;
  readonly kind: (typeof attemptResults)[number];
  readonly reason?: string;
}

export interface OrderChange {
  readonly orderId: string;
  /** The new state. */
  readonly status: OrderStatus;
  /** Milliseconds since the epoch: the time of the record that created the order; absent if it is not known here. */
  readonly acceptedAt?: number | undefined;
}

export interface PrunedRows {
  readonly idempotencyKeys: number;
  readonly deadLetters: number;
  readonly rateLimitLeases: number;
  readonly done: boolean;
}

/** Values by name. A gauge that could not be read is absent. */
export type Values<Name extends string> = Readonly<Partial<Record<Name, number>>>;

export interface Gauges {
  readonly database: Values<DatabaseGauge>;
  /** By the name of the consumer group, without the stage's prefix. */
  readonly groups: Readonly<Record<string, Values<GroupGauge>>>;
}

export type OperationName = keyof Operations;
export type FactName = keyof Facts;

/** The operations that are one invocation of a function. The others run inside one, or in a tool. */
export const invocations: ReadonlySet<OperationName> = new Set([
  'request.answered',
  'batch.processed',
  'outbox.relayed',
  'calls.made',
]);

/** The start of an operation. */
export type OperationStart<Name extends OperationName = OperationName> = {
  readonly [Operation in Name]: { readonly name: Operation; readonly start: Operations[Operation]['start'] };
}[Name];

/** The event of an operation that has ended. */
export type OperationEvent<Name extends OperationName = OperationName> = {
  readonly [Operation in Name]: {
    readonly name: Operation;
    readonly start: Operations[Operation]['start'];
    /** Milliseconds since the epoch. */
    readonly startedAt: number;
    readonly durationMs: number;
    readonly outcome:
      | { readonly ok: true; readonly end: Operations[Operation]['end'] }
      | { readonly ok: false; readonly error: unknown };
  };
}[Name];

export type FactEvent<Name extends FactName = FactName> = {
  readonly [Fact in Name]: { readonly name: Fact; readonly fact: Facts[Fact] };
}[Name];

/** A function of the event per operation; an operation without an entry is ignored. */
export type PerOperation<Result> = {
  readonly [Name in OperationName]?: (event: OperationEvent<Name>) => Result;
};

/** A function of the start per operation; an operation without an entry is ignored. */
export type PerStart<Arguments extends unknown[], Result> = {
  readonly [Name in OperationName]?: (operation: OperationStart<Name>, ...more: Arguments) => Result;
};

/** A function of the event per fact; a fact without an entry is ignored. */
export type PerFact<Result> = { readonly [Name in FactName]?: (event: FactEvent<Name>) => Result };
