import { EventSourceError } from '../errors.ts';
import { type ClientSettings, clientFailure, createClient } from './client.ts';
import { kafkajs } from './kafkajs/patched-kafkajs.ts';

export interface TopicMessage {
  /** Selects the partition as Java's producers do. Messages without a key are distributed in turn. */
  readonly key: Buffer | null;
  readonly value: string;
}

/** Writes to one topic. It connects when the first message is sent. */
export interface TopicProducer {
  /**
   * Resolves when every replica has the messages. Messages with the same key stay in order.
   * @throws EventSourceError `topic_not_found`; else the last error after a few attempts
   */
  send(messages: readonly TopicMessage[], form: 'plain' | 'gzip'): Promise<void>;
  /** Waits for pending sends. Never rejects. */
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
      throw sendError(clientFailure(error, settings));
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
      // kafkajs would connect again for a message that it retries.
      await Promise.allSettled(pending);
      await producer.disconnect().catch(() => undefined);
    },
  };
}

function sendError(cause: Error): Error {
  const type = cause instanceof kafkajs.KafkaJSProtocolError ? cause.type : undefined;
  switch (type) {
    case 'UNKNOWN_TOPIC_OR_PARTITION':
      return new EventSourceError('topic_not_found', 'the topic does not exist', { cause });
    case 'MESSAGE_TOO_LARGE':
      return new Error('a message is larger than the topic accepts: raise its max.message.bytes', { cause });
    default:
      return cause;
  }
}
