import type { OrderContent } from './order.ts';

/**
 * The position of a record in Kafka, with its timestamp. Unlike the offset alone, it nearly always stays unique when a topic
 * is created again: only a producer that sets timestamps itself can repeat a position.
 */
export interface RecordSource {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
}

/** A record of a Kafka event as bytes, before anybody has looked inside. */
export interface KafkaRecord extends RecordSource {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer])[];
}

interface Command {
  readonly orderId: string;
  /** UUID; a command whose event id an order's history knows already changes nothing. */
  readonly eventId: string;
  readonly record: KafkaRecord;
}

/** Asks for a new order. */
export interface CreateOrder extends Command {
  readonly type: 'order.created';
  readonly content: OrderContent;
}

/** Asks to end an order that has not ended yet. */
export interface CancelOrder extends Command {
  readonly type: 'order.cancel_requested';
  /** The customer on whose behalf it was asked, if it was on one's: it must be the order's. */
  readonly customerId: string | null;
}

/** Asks to try the fulfilment of an order again that was given up. */
export interface RetryOrder extends Command {
  readonly type: 'order.retry_requested';
  /** The order must be at exactly this version, or the command has been overtaken. */
  readonly expectedVersion: number;
}

/** What a record on the topic `orders` asks for; one order's commands take effect in offset order. */
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

/** A record that cannot take effect: kept with its cause and its original bytes, never dropped. */
export interface DeadLetter {
  readonly code: DeadLetterCode;
  /** One sentence for a person, free of control characters. */
  readonly message: string;
  readonly record: KafkaRecord;
}

/**
 * Returns the header's bytes. If a name repeats, the last value counts, as in Kafka's own `lastHeader`. An empty
 * or null value, which some producers write for "none", counts as absent.
 */
export function lastHeader({ headers }: KafkaRecord, name: string): Buffer | undefined {
  const value = headers.findLast(([headerName]) => headerName === name)?.[1];
  return value?.length ? value : undefined;
}

/**
 * Returns a text that is equal for two commands if and only if their records are the same dead letter when both are
 * refused. `letter_identity` says the same in SQL; docs/decisions/0007 says why.
 */
export function letterIdentity({ eventId, record }: Pick<OrderCommand, 'eventId' | 'record'>): string {
  const { key, value, headers } = record;
  const byName = Map.groupBy(headers, ([name]) => name);
  byName.delete('event-id');
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
