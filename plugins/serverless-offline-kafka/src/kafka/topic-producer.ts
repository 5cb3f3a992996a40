import { EventSourceError } from '../errors.ts';
import { type ClientSettings, clientFailure, createClient } from './client.ts';
import { kafkajs } from './kafkajs/mended-kafkajs.ts';

export interface TopicMessage {
  /** Chooses the partition as Java's producers do; those without a key take turns. */
  readonly key: Buffer | null;
  readonly value: string;
}

/** Writes to one topic. It connects at the first message. */
export interface TopicProducer {
  /**
   * Resolves when every replica has the messages; those of one key stay in order.
   * @throws EventSourceError `topic_not_found`; else the reason, after a few attempts
   */
  send(messages: readonly TopicMessage[], form: 'plain' | 'gzip'): Promise<void>;
  /** Waits for what is under way. Never throws. */
  close(): Promise<void>;
}

const RETRIES = 2;
const ALL_REPLICAS = -1;

export function createTopicProducer(settings: ClientSettings, topic: string): TopicProducer {
  const producer = createClient(settings, { retries: RETRIES }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
  });
  const pending = new Set<Promise<void>>();
  let connected: Promise<void> | undefined;
  const connect = (): Promise<void> => {
    connected ??= producer.connect().catch((error) => {
      connected = undefined;
      throw error;
    });
    return connected;
  };
  const send: TopicProducer['send'] = async (messages, form) => {
    const compression = form === 'gzip' ? kafkajs.CompressionTypes.GZIP : kafkajs.CompressionTypes.None;
    try {
      await connect();
      await producer.send({ topic, acks: ALL_REPLICAS, compression, messages: [...messages] });
    } catch (error) {
      throw reasonOf(clientFailure(error, settings));
    }
  };

  return {
    send: async (messages, form) => {
      const sending = send(messages, form);
      pending.add(sending);
      try {
        await sending;
      } finally {
        pending.delete(sending);
      }
    },
    close: async () => {
      // kafkajs connects again for a message that it still retries
      await Promise.allSettled(pending);
      await producer.disconnect().catch(() => undefined);
    },
  };
}

function reasonOf(cause: Error): Error {
  const type = cause instanceof kafkajs.KafkaJSProtocolError ? cause.type : undefined;
  switch (type) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return new EventSourceError('topic_not_found', 'the topic does not exist', { cause });
    case 'MESSAGE_TOO_LARGE':
      return new Error('a message is larger than the topic takes: raise its max.message.bytes', { cause });
    default:
      return cause;
  }
}
