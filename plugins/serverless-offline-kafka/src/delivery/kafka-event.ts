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

/** The fields of an event that identify the cluster. */
export interface EventOrigin {
  readonly bootstrapServers: string;
  /** The ARN of an MSK cluster; undefined for a self-managed cluster. */
  readonly eventSourceArn?: string;
}

/** A serialised record of the event. */
export interface EventRecord {
  readonly topic: string;
  readonly partition: number;
  readonly json: string;
}

/**
 * Returns one record of the event as JSON. Key and value are base64. Headers keep their order, one object per header, and
 * their bytes are signed (-128 to 127). See https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html. The maintainers of
 * Powertools and of the Lambda runtimes observed the signed bytes and the absent fields on AWS.
 */
export function recordJson(
  topic: string,
  partition: number,
  record: KafkaRecord,
  nullFields: NullFields = 'omit',
): string {
  // String concatenation takes half the time of JSON.stringify. Base64 needs no escaping.
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

/** Returns the event of an invocation as JSON. Records of one partition keep the given order. */
export function eventJson(
  { bootstrapServers, eventSourceArn }: EventOrigin,
  records: readonly EventRecord[],
): string {
  const source =
    eventSourceArn === undefined
      ? { eventSource: 'SelfManagedKafka', bootstrapServers }
      : { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers };
  const byPartition = new Map<string, string[]>();
  for (const { topic, partition, json } of records) {
    const key = partitionKey(topic, partition);
    const jsons = byPartition.get(key);
    if (jsons) {
      jsons.push(json);
    } else {
      byPartition.set(key, [json]);
    }
  }
  const lists = Array.from(byPartition, ([key, jsons]) => `${JSON.stringify(key)}:[${jsons.join(',')}]`);
  return `${JSON.stringify(source).slice(0, -1)},"records":{${lists.join(',')}}}`;
}

/** Returns the key of a partition's records in the event. */
export const partitionKey = (topic: string, partition: number): string => `${topic}-${partition}`;
