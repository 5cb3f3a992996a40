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
  return JSON.stringify({
    topic,
    partition,
    offset: record.offset,
    timestamp: record.timestampMs,
    timestampType: record.timestampType,
    ...(record.key !== null && { key: record.key.toString('base64') }),
    ...(record.value !== null && { value: record.value.toString('base64') }),
    headers: record.headers.map(([name, value]) => ({ [name]: value && [...new Int8Array(value)] })),
  });
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
