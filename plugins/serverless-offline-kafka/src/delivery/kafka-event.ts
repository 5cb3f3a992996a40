import type { NullFields } from '../configuration/mapping-definition.ts';

/** A record that was read from a partition. */
export interface KafkaRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

/** A record whose bytes are encoded as in the event. It shares no memory with the fetch that it comes from. */
export interface EncodedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly timestampType: KafkaRecord['timestampType'];
  /** Base64. Null or undefined without a key: undefined if the event omits the field. */
  readonly key: string | null | undefined;
  /** As `key`. */
  readonly value: string | null | undefined;
  readonly headers: readonly (readonly [name: string, signedBytes: readonly number[] | null])[];
  /** The size of the record in the JSON of an event. */
  readonly bytes: number;
}

/** The fields of an event that identify the cluster. */
export interface EventOrigin {
  readonly bootstrapServers: string;
  /** The ARN of an MSK cluster; undefined for a self-managed cluster. */
  readonly eventSourceArn?: string;
}

/** The event of an invocation. It belongs to the function, which may change it. */
export interface KafkaEvent {
  readonly eventSource: 'SelfManagedKafka' | 'aws:kafka';
  readonly eventSourceArn?: string;
  readonly bootstrapServers: string;
  /** By `<topic>-<partition>`. */
  readonly records: Readonly<Record<string, readonly EventRecord[]>>;
}

interface EventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly timestampType: KafkaRecord['timestampType'];
  readonly key?: string | null;
  readonly value?: string | null;
  readonly headers: readonly Readonly<Record<string, readonly number[] | null>>[];
}

/**
 * Encodes the bytes of a record as in the event: key and value are base64, header bytes are signed (-128 to 127). See
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html. The maintainers of Powertools and of the Lambda runtimes
 * observed the signed bytes and the absent fields on AWS.
 */
export function encodeRecord(
  topic: string,
  partition: number,
  record: KafkaRecord,
  nullFields: NullFields = 'omit',
): EncodedRecord {
  const { offset, timestampMs, timestampType } = record;
  const absent = nullFields === 'omit' ? undefined : null;
  const key = record.key === null ? absent : record.key.toString('base64');
  const value = record.value === null ? absent : record.value.toString('base64');
  const headers = record.headers.map(([name, bytes]) => [name, bytes && signedBytes(bytes)] as const);
  const encoded = { topic, partition, offset, timestampMs, timestampType, key, value, headers };
  return { ...encoded, bytes: jsonBytes(encoded) };
}

function signedBytes(bytes: Buffer): number[] {
  const signed: number[] = [];
  for (const byte of bytes) {
    signed.push(byte < 128 ? byte : byte - 256);
  }
  return signed;
}

/**
 * Returns the event of an invocation. Records of one partition keep the given order. Headers keep their order too, one object
 * per header.
 */
export function kafkaEvent(
  { bootstrapServers, eventSourceArn }: EventOrigin,
  records: readonly EncodedRecord[],
): KafkaEvent {
  const byPartition = new Map<number, EventRecord[]>();
  const lists: Record<string, EventRecord[]> = {};
  for (const record of records) {
    const { topic, partition } = record;
    let list = byPartition.get(partition);
    if (list === undefined) {
      list = [];
      byPartition.set(partition, list);
      lists[partitionKey(topic, partition)] = list;
    }
    list.push(eventRecord(record));
  }
  return eventSourceArn === undefined
    ? { eventSource: 'SelfManagedKafka', bootstrapServers, records: lists }
    : { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers, records: lists };
}

function eventRecord(record: EncodedRecord): EventRecord {
  const { topic, partition, offset, timestampMs, timestampType, key, value } = record;
  const headers = record.headers.map(([name, bytes]) => ({ [name]: bytes && [...bytes] }));
  return {
    topic,
    partition,
    offset,
    timestamp: timestampMs,
    timestampType,
    ...(key !== undefined && { key }),
    ...(value !== undefined && { value }),
    headers,
  };
}

/** Returns the key of a partition's records in the event. */
export const partitionKey = (topic: string, partition: number): string => `${topic}-${partition}`;

/** Returns the size of a record in the JSON of an event, without serialising it. */
function jsonBytes(record: Omit<EncodedRecord, 'bytes'>): number {
  const { topic, partition, offset, timestampMs, timestampType, key, value, headers } = record;
  let bytes =
    '{"topic":,"partition":,"offset":,"timestamp":,"timestampType":"","headers":[]}'.length +
    textBytes(topic) +
    String(partition).length +
    String(offset).length +
    String(timestampMs).length +
    timestampType.length +
    base64FieldBytes(',"key":', key) +
    base64FieldBytes(',"value":', value) +
    Math.max(headers.length - 1, 0); // commas
  for (const [name, signed] of headers) {
    bytes += '{:}'.length + textBytes(name) + (signed === null ? 'null'.length : listBytes(signed));
  }
  return bytes;
}

function base64FieldBytes(prefix: string, text: string | null | undefined): number {
  return text === undefined ? 0 : prefix.length + (text === null ? 'null'.length : text.length + 2);
}

const needsNoEscape = /^[\w.:-]*$/;

const textBytes = (text: string): number =>
  needsNoEscape.test(text) ? text.length + 2 : Buffer.byteLength(JSON.stringify(text));

function listBytes(signed: readonly number[]): number {
  let bytes = '[]'.length + Math.max(signed.length - 1, 0); // commas
  for (const byte of signed) {
    const magnitude = Math.abs(byte);
    bytes += (byte < 0 ? 2 : 1) + (magnitude > 9 ? 1 : 0) + (magnitude > 99 ? 1 : 0);
  }
  return bytes;
}
