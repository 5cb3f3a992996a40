import type { OrderContent } from './order.ts';

/**
 * The position of a record in Kafka, with its timestamp. Unlike the offset alone, it stays unique when a topic is
 * created again, unless a producer sets timestamps itself.
 */
export interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** A record of a Kafka event as undecoded bytes. */
export interface KafkaRecord extends RecordSource {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

interface Command {
  readonly orderId: string;
  /** UUID. A command has no effect if the order's history already contains its event id. */
  readonly eventId: string;
  readonly record: KafkaRecord;
}

/** Creates an order. */
export interface CreateOrder extends Command {
  readonly type: 'order.created';
  readonly content: OrderContent;
}

/** Cancels an order that has not reached an end state. */
export interface CancelOrder extends Command {
  readonly type: 'order.cancel_requested';
  /** The customer who requested the cancel, if a customer did: the order must belong to this customer. */
  readonly customerId: string | null;
}

/** Retries the fulfilment of an order whose attempts are exhausted. */
export interface RetryOrder extends Command {
  readonly type: 'order.retry_requested';
  /** The command is rejected unless the order is at exactly this version. */
  readonly expectedVersion: number;
}

/** A command from a record on the topic `orders`. The commands of an order take effect in offset order. */
export type OrderCommand = CreateOrder | CancelOrder | RetryOrder;

export const deadLetterCodes = [
  'undecodable',
  'not_json',
  'schema_invalid',
  'unknown_event_type',
  'order_id_conflict',
  'order_unknown',
  'database_refused',
  'attempts_exhausted',
  'internal_error',
] as const;

export type DeadLetterCode = (typeof deadLetterCodes)[number];

/** A record that cannot take effect. It is stored with the reason and its original bytes. */
export interface DeadLetter {
  readonly code: DeadLetterCode;
  /** One sentence without control characters. */
  readonly message: string;
  readonly record: KafkaRecord;
}

/**
 * Returns the header's bytes. If a name repeats, the last value counts, as in Kafka's own `lastHeader`. An empty
 * or null value, which some producers write for "none", counts as absent.
 */
export function lastHeader({ headers }: Pick<KafkaRecord, 'headers'>, name: string): Buffer | undefined {
  const value = headers.findLast(([headerName]) => headerName === name)?.[1];
  return value?.length ? value : undefined;
}

/**
 * Headers that do not distinguish two dead letters: a redrive replaces the event id, and the same request sent again has
 * another trace.
 */
const headersOutsideIdentity = ['event-id', 'traceparent'];

/**
 * Returns a text that is equal for two commands if and only if their records are the same dead letter. The SQL
 * function `letter_identity` returns the same; docs/decisions/0007 explains why.
 */
export function letterIdentity({ eventId, record }: Pick<OrderCommand, 'eventId' | 'record'>): string {
  const { key, value, headers } = record;
  const byName = Map.groupBy(headers, ([name]) => name);
  for (const name of headersOutsideIdentity) {
    byName.delete(name);
  }
  return JSON.stringify([
    eventId,
    textOf(key),
    textOf(value),
    [...byName]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, same]) => [name, same.map(([, bytes]) => textOf(bytes))]),
  ]);
}

const textOf = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
