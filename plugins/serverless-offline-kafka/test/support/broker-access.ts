import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';
import { until } from './until.ts';

/** Access to a test's own broker, in plaintext. */
export interface BrokerAccess {
  createTopic(topic: string, config?: Readonly<Record<string, string>>): Promise<string>;
  /** Waits until the broker coordinates groups. A new broker creates the topic of their offsets at the first request. */
  waitForGroups(): Promise<void>;
  /** Sends messages to the only partition of the topic. */
  send(topic: string, messages: kafkajs.Message[], compression?: kafkajs.CompressionTypes): Promise<void>;
}

export function accessTo(bootstrapServers: string): BrokerAccess {
  const kafka = new kafkajs.Kafka({
    brokers: bootstrapServers.split(','),
    clientId: 'test',
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 10, initialRetryTime: 50, maxRetryTime: 500 },
  });
  return {
    waitForGroups: async () => {
      const admin = kafka.admin();
      await admin.connect();
      const isReady = (): Promise<boolean> =>
        admin.fetchOffsets({ groupId: 'any' }).then(
          () => true,
          () => false,
        );
      await until('the broker coordinates groups', isReady, 40_000);
      await admin.disconnect();
    },
    createTopic: async (topic, config = {}) => {
      const admin = kafka.admin();
      await admin.connect();
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      await admin.createTopics({
        waitForLeaders: true,
        topics: [{ topic, numPartitions: 1, ...(configEntries.length > 0 && { configEntries }) }],
      });
      await admin.disconnect();
      return topic;
    },
    send: async (topic, messages, compression = kafkajs.CompressionTypes.None) => {
      const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({ topic, messages, compression });
      await producer.disconnect();
    },
  };
}
