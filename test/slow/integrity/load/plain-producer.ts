import { createKafkaClient, type KafkaClient } from '../../../../lib/kafka/client.ts';
import { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { type Compression, compressionTypes } from './compression.ts';

const REQUEST_TIMEOUT_MS = 5_000;

interface Connection {
  readonly client: KafkaClient;
  readonly producer: Promise<kafkajs.Producer>;
}

/**
 * A producer of another program: `acks=all`, arbitrary headers and any compression. Only its sockets are our own, so
 * that it can leave a frozen broker.
 */
export class PlainProducer implements Disposable {
  readonly #brokers: readonly string[];
  #current: Connection | undefined;

  constructor(brokers: readonly string[]) {
    this.#brokers = brokers;
  }

  /** Sends once. When it throws, Kafka may have stored any part of the messages. */
  async send(messages: kafkajs.Message[], compression: Compression): Promise<void> {
    this.#current ??= this.#connect();
    const connection = this.#current;
    try {
      const producer = await connection.producer;
      await producer.send({
        topic: 'orders',
        acks: -1,
        messages,
        compression: compressionTypes[compression],
      });
    } catch (error) {
      connection.client.destroy();
      if (this.#current === connection) {
        this.#current = undefined;
      }
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#current?.client.destroy();
  }

  #connect(): Connection {
    const client = createKafkaClient({
      brokers: this.#brokers,
      clientId: 'plain-producer',
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    });
    const producer = client.kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
    });
    return { client, producer: producer.connect().then(() => producer) };
  }
}
