import type { MappingDefinition } from '../../src/configuration/mapping-definition.ts';
import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';
import { EventSourceMapping } from '../../src/mapping/event-source-mapping.ts';
import { brokers, createTopic } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import { until } from '../support/until.ts';

/** Writes messages to partition 0 of a new topic, in forms that Kafka's clients can write. */
export async function produceMessages(topic: string, messages: readonly kafkajs.Message[]): Promise<void> {
  await createTopic(topic, 1);
  const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, messages: messages.map((message) => ({ ...message, partition: 0 })) });
  await producer.disconnect();
}

export interface Capture {
  readonly topic: string;
  /** The number of records in the topic. */
  readonly records: number;
  readonly eventSourceArn?: string;
  readonly batchSize?: number;
  readonly nullFields?: MappingDefinition['nullFields'];
}

/** Returns the JSON of the events that a mapping delivers, until all records were delivered. */
export async function captureEvents({ topic, records, ...parts }: Capture): Promise<string[]> {
  const events: string[] = [];
  const mapping = new EventSourceMapping({
    definition: {
      logicalId: 'Mapping',
      functionKey: 'work',
      topic,
      consumerGroupId: `${topic}-${performance.now()}`,
      batchSize: 100,
      batchingWindowMs: 500,
      startingPosition: { type: 'TRIM_HORIZON' },
      filters: [],
      filterMismatch: 'pass',
      failures: {
        maximumRetries: Infinity,
        maximumRecordAgeMs: Infinity,
        bisects: false,
        reportsItemFailures: false,
        partialResponse: 'reported',
        backoff: { initialMs: 200, maximumMs: 30_000 },
      },
      batches: 'per-partition',
      nullFields: 'omit',
      cluster: { bootstrapServers: brokers, security: {}, sessionTimeoutMs: 6_000 },
      ...parts,
    },
    invoke: async (event) => {
      events.push(JSON.stringify(event));
    },
    log: aLog().log,
  });
  mapping.start();
  try {
    const captured = () => events.map((event) => event.split('"offset":').length - 1);
    await until('all is captured', () => captured().reduce((sum, count) => sum + count, 0) >= records);
  } finally {
    await mapping.stop();
  }
  return events;
}
