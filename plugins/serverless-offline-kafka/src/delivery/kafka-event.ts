import type { NullFields } from '../configuration/mapping-definition.ts';

/** A record as it was read from a partition. */
export interface KafkaRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

/** What an event says about the cluster that its records come from. */
export interface EventOrigin {
  readonly bootstrapServers: string;
  /** Of an MSK cluster. Without it the cluster is a self-managed one. */
  readonly eventSourceArn?: string;
}

/** A record of the event: whose partition it is of, and its JSON. */
export interface EventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly json: string;
}

/**
 * One record of the event, as JSON. Key and value are base64; header bytes are Java's signed bytes
 * (-128 to 127), one object per header, in the record's order.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html; signed bytes and absent fields as observed on
 * AWS by the maintainers of Powertools for AWS Lambda and of the Lambda runtimes.
 */
export function recordJson(
  topic: string,
  partition: number,
  record: KafkaRecord,
  nullFields: NullFields = 'omit',
): string {
  // By hand, in half the time of JSON.stringify: a backlog is many records, and base64 has nothing to be escaped.
  const { offset, timestampMs, timestampType, key, value, headers } = record;
  const keyField = bytesField('key', key, nullFields);
  const valueField = bytesField('value', value, nullFields);
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},"timestamp":${timestampMs},` +
    `"timestampType":"${timestampType}"${keyField}${valueField},"headers":[${headers.map(headerJson).join(',')}]}`
  );
}

function bytesField(name: string, bytes: Buffer | null, nullFields: NullFields): string {
  if (bytes === null) {
    return nullFields === 'omit' ? '' : `,"${name}":null`;
  }
  return `,"${name}":"${bytes.toString('base64')}"`;
}

function headerJson([name, value]: readonly [name: string, value: Buffer | null]): string {
  return `{${JSON.stringify(name)}:${value === null ? 'null' : `[${signedBytes(value)}]`}}`;
}

const signedByte = Array.from({ length: 256 }, (_, byte) => String(byte < 128 ? byte : byte - 256));

function signedBytes(value: Buffer): string {
  let numbers = '';
  for (const byte of value) {
    numbers += numbers === '' ? signedByte[byte] : `,${signedByte[byte]}`;
  }
  return numbers;
}

/** The event that a function is invoked with, as JSON. Records of one partition come in the order given. */
export function eventJson(
  { bootstrapServers, eventSourceArn }: EventOrigin,
  records: readonly EventRecord[],
): string {
  const source =
    eventSourceArn === undefined
      ? { eventSource: 'SelfManagedKafka', bootstrapServers }
      : { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers };
  const places = new Map<string, string[]>();
  for (const { topic, partition, json } of records) {
    const place = placeOf(topic, partition);
    const jsons = places.get(place);
    if (jsons) {
      jsons.push(json);
    } else {
      places.set(place, [json]);
    }
  }
  const lists = Array.from(places, ([place, jsons]) => `${JSON.stringify(place)}:[${jsons.join(',')}]`);
  return `${JSON.stringify(source).slice(0, -1)},"records":{${lists.join(',')}}}`;
}

/** The key of a partition's records in the event. */
export const placeOf = (topic: string, partition: number): string => `${topic}-${partition}`;
