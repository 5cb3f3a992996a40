import { kafkajs } from '../../src/kafka/kafkajs/patched-kafkajs.ts';
import { createTopic } from './kafka.ts';

/** Access to a test's own broker, in plaintext. */
export interface BrokerAccess {
  createTopic(topic: string, config?: Readonly<Record<string, string>>): Promise<string>;
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
    createTopic: (topic, config) => createTopic(topic, 1, config, kafka),
    send: async (topic, messages, compression = kafkajs.CompressionTypes.None) => {
      const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
      await producer.connect();
      await producer.send({ topic, messages, compression });
      await producer.disconnect();
    },
  };
}
