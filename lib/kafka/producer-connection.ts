import kafkajs from 'kafkajs';
import { createKafkaClient, type KafkaClient, type KafkaClientOptions } from './client.ts';

/** Where Kafka stored a message. */
export interface Acknowledgement {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** The one connection of a producer: made with the first request, dropped when it is worth nothing any more. */
export class ProducerConnection {
  readonly #options: KafkaClientOptions;
  #current: { client: KafkaClient; producer: Promise<kafkajs.Producer> } | undefined;
  /** Which partition the partitioner chose; kafkajs does not say it in its answer. */
  readonly #partitions = new WeakMap<kafkajs.Message, number>();

  constructor(options: KafkaClientOptions) {
    this.#options = options;
  }

  /**
   * One request to one topic, acknowledged by all in-sync replicas: where each message was stored. Throws
   * kafkajs' errors; then any part of the messages may have been stored.
   */
  async request(topic: string, messages: readonly kafkajs.Message[]): Promise<Acknowledgement[]> {
    this.#current ??= this.#connect();
    const producer = await this.#current.producer;
    const stored = await producer.send({ topic, messages: [...messages], acks: -1 });

    const nextOffsets = new Map(
      stored.map(({ partition, baseOffset }) => [partition, BigInt(baseOffset ?? -1)]),
    );
    return messages.map((message) => {
      const partition = this.#partitions.get(message) ?? -1;
      const offset = nextOffsets.get(partition) ?? -1n;
      nextOffsets.set(partition, offset + 1n);
      return { topic, partition, offset };
    });
  }

  /** Ends the connection at once, with whatever is in flight; the next request makes a new one. */
  drop(): void {
    this.#current?.client.destroy();
    this.#current = undefined;
  }

  /** Ends it politely. */
  async disconnect(): Promise<void> {
    const current = this.#current;
    this.#current = undefined;
    const producer = await current?.producer.catch(() => undefined);
    await producer?.disconnect();
    current?.client.destroy();
  }

  #connect(): { client: KafkaClient; producer: Promise<kafkajs.Producer> } {
    const client = createKafkaClient(this.#options);
    const producer = client.kafka.producer({
      createPartitioner: () => this.#rememberingPartitioner(),
      allowAutoTopicCreation: false,
    });
    return { client, producer: producer.connect().then(() => producer) };
  }

  /** The murmur2 partitioner of Kafka's Java client, so that a key finds its partition from every client. */
  #rememberingPartitioner(): ReturnType<kafkajs.ICustomPartitioner> {
    const choose = kafkajs.Partitioners.DefaultPartitioner();
    return (args) => {
      const partition = choose(args);
      this.#partitions.set(args.message, partition);
      return partition;
    };
  }
}
