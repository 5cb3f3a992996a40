import { systemClock } from '../clock.ts';
import { renewUnused } from '../renew-unused.ts';
import { createKafkaClient, type KafkaClient, type KafkaClientOptions } from './client.ts';
import { kafkaFailure } from './kafka-errors.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';
import { withNewToken } from './login-refused.ts';
import { murmur2 } from './murmur2.ts';

/** Where Kafka stored a message. */
export interface Acknowledgement {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

interface Connection {
  readonly client: KafkaClient;
  readonly producer: Promise<kafkajs.Producer>;
}

/**
 * The one connection of a producer: made with the first request, dropped when it is worth nothing any more, or may be so after
 * more than a minute without use.
 */
export class ProducerConnection {
  readonly #options: KafkaClientOptions;
  #current: Connection | undefined;
  readonly #use = renewUnused(() => this.#current && this.#drop(this.#current), systemClock);

  constructor(options: KafkaClientOptions) {
    this.#options = options;
  }

  /**
   * One request to one topic, acknowledged by all in-sync replicas: where each message was stored; its partition is
   * noted in the message. Throws kafkajs' errors; then any part of the messages may have been stored. `abandoned` ends
   * the connection with whatever is in flight, as a broker that was not heard does; the next request makes a new one.
   * A log-in that is refused is tried once more, with a new token.
   */
  request(
    topic: string,
    messages: readonly kafkajs.Message[],
    abandoned: AbortSignal,
  ): Promise<Acknowledgement[]> {
    return this.#use(() => withNewToken(() => this.#request(topic, messages, abandoned)));
  }

  async #request(
    topic: string,
    messages: readonly kafkajs.Message[],
    abandoned: AbortSignal,
  ): Promise<Acknowledgement[]> {
    abandoned.throwIfAborted();
    this.#current ??= this.#connect();
    const connection = this.#current;
    const drop = (): void => this.#drop(connection);
    abandoned.addEventListener('abort', drop);
    try {
      const producer = await connected(connection, drop);
      const stored = await producer.send({ topic, messages: [...messages], acks: -1 });
      return acknowledgements(topic, messages, stored);
    } catch (error) {
      const reason = connection.client.reasonOf(error);
      if (['reconnect', 'not_let_in'].includes(kafkaFailure(reason))) {
        drop();
      }
      throw reason;
    } finally {
      abandoned.removeEventListener('abort', drop);
    }
  }

  /** Ends it politely. */
  async disconnect(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    const producer = await current?.producer.catch(() => undefined);
    await producer?.disconnect();
    current?.client.destroy();
  }

  #connect(): Connection {
    const client = createKafkaClient(this.#options);
    const producer = client.kafka.producer({
      createPartitioner: notingPartitioner,
      allowAutoTopicCreation: false,
    });
    return { client, producer: producer.connect().then(() => producer) };
  }

  /** Only this one: another topic may have made a new one meanwhile. */
  #drop(connection: Connection): void {
    connection.client.destroy();
    if (this.#current === connection) {
      this.#current = undefined;
    }
  }
}

function acknowledgements(
  topic: string,
  messages: readonly kafkajs.Message[],
  stored: readonly kafkajs.RecordMetadata[],
): Acknowledgement[] {
  const nextOffsets = new Map(
    stored.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? -1)]),
  );
  return messages.map(({ partition = -1 }) => {
    const offset = nextOffsets.get(partition) ?? -1n;
    nextOffsets.set(partition, offset + 1n);
    return { topic, partition, offset };
  });
}

/**
 * The partitioner of Kafka's Java client, so that a key finds its partition from every client. Notes its choice in the
 * message: kafkajs does not say it in its answer.
 */
const notingPartitioner: kafkajs.ICustomPartitioner = () => {
  const spread = kafkajs.Partitioners.DefaultPartitioner();
  return ({ topic, message, partitionMetadata }) => {
    const { key } = message;
    message.partition =
      key == null
        ? spread({ topic, partitionMetadata, message: { key: null, value: null } }) // anew each time: one may be without a leader
        : murmur2(typeof key === 'string' ? Buffer.from(key) : key) % partitionMetadata.length;
    return message.partition;
  };
};

/** A connection that could not be made is of no use, whatever the reason. */
async function connected({ producer }: Connection, drop: () => void): Promise<kafkajs.Producer> {
  try {
    return await producer;
  } catch (error) {
    drop();
    throw error;
  }
}
