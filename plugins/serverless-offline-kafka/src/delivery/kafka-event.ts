/** A record as it was read from a partition. */
export interface KafkaRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly timestampType: 'CREATE_TIME' | 'LOG_APPEND_TIME';
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
}

/** What an event says about where its records come from. */
export interface EventOrigin {
  readonly topic: string;
  readonly partition: number;
  readonly bootstrapServers: string;
  /** Of an MSK cluster. Without it the cluster is a self-managed one. */
  readonly eventSourceArn?: string;
}

/**
 * One record of the event, as JSON. Key and value are base64 and absent when null; header bytes are Java's
 * signed bytes (-128 to 127), one object per header, in the record's order.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html; signed bytes and absent fields as observed on
 * AWS by the maintainers of Powertools for AWS Lambda and of the Lambda runtimes.
 */
export function recordJson(topic: string, partition: number, record: KafkaRecord): string {
  // By hand, in half the time of JSON.stringify: a backlog is many records, and base64 has nothing to be escaped.
  const { offset, timestampMs, timestampType, key, value, headers } = record;
  const keyField = key === null ? '' : `,"key":"${key.toString('base64')}"`;
  const valueField = value === null ? '' : `,"value":"${value.toString('base64')}"`;
  return (
    `{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset},"timestamp":${timestampMs},` +
    `"timestampType":"${timestampType}"${keyField}${valueField},"headers":[${headers.map(headerJson).join(',')}]}`
  );
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

/** The event that a function is invoked with, as JSON, around records of one partition. */
export function eventJson(origin: EventOrigin, recordJsons: readonly string[]): string {
  const { topic, partition, bootstrapServers, eventSourceArn } = origin;
  const source =
    eventSourceArn === undefined
      ? { eventSource: 'SelfManagedKafka', bootstrapServers }
      : { eventSource: 'aws:kafka', eventSourceArn, bootstrapServers };
  const place = JSON.stringify(`${topic}-${partition}`);
  return `${JSON.stringify(source).slice(0, -1)},"records":{${place}:[${recordJsons.join(',')}]}}`;
}
