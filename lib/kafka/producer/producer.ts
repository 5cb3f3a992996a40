import { OrderlyError } from '../../errors/orderly-error.ts';
import { Cluster } from '../cluster.ts';
import type { kafkajs } from '../kafkajs/mended-kafkajs.ts';
import type { KafkaSecurity } from '../security.ts';
import type { Acknowledgement } from './pending-message.ts';
import { TopicQueue } from './topic-queue.ts';

export interface ProducerOptions {
  /** host:port of some brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Default: plaintext. */
  readonly security?: KafkaSecurity | undefined;
  /** What the names of topics begin with on the cluster; `send` takes them without it. */
  readonly topicPrefix?: string;
  /** How long a message may try; then its send fails with `kafka_unavailable`. Default 4,000 ms. */
  readonly deadlineMs?: number;
  /** How many messages may leave in one request. Default, and at most, 1,000. */
  readonly maxMessagesPerRequest?: number;
}

export interface Message<Value> {
  /** Text is UTF-8; messages of one key keep their order. `null` spreads them over the partitions. */
  readonly key: string | Buffer | null;
  /** Sent as JSON, and bytes as they are; `null` is a tombstone. */
  readonly value: Value | null;
  /** An array is a name that repeats. */
  readonly headers?: Readonly<Record<string, string | Buffer | (string | Buffer)[]>>;
}

export interface SendCallbacks {
  readonly onSuccess?: (acknowledgement: Acknowledgement) => void;
  readonly onError?: (error: OrderlyError) => void;
}

/** `Topics` maps topic names to the type of their values. */
export interface Producer<Topics> extends AsyncDisposable {
  /**
   * Resolves once all in-sync replicas have the message (acks=all). Rejects with `kafka_unavailable` when
   * that is not known by the deadline (it may have been stored all the same, and sending it again stores it
   * twice), or `message_refused` when Kafka said no, the value is no JSON or the producer is closed; `details.of` is `message`
   * when it was this one that Kafka will never take, and no missing permission or other trouble of the request.
   * Callbacks, if given, are told the same; what a callback throws becomes a process warning.
   */
  send<Topic extends keyof Topics & string>(
    topic: Topic,
    message: Message<Topics[Topic]>,
    callbacks?: SendCallbacks,
  ): Promise<Acknowledgement>;
  /** Resolves once nothing is waiting or in flight any more. */
  flush(): Promise<void>;
  /** Refuses new messages, flushes, disconnects. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_DEADLINE_MS = 4_000;

/** Encoding a request of this size blocks the process for some milliseconds. */
const MAX_MESSAGES_PER_REQUEST = 1_000;

/**
 * A producer for one process to share. It connects with the first message; messages sent concurrently leave
 * together in one request per topic and leader; a lost connection is replaced within the messages' deadline. A broker that
 * fails delays only the partitions that it leads. One batch per partition is in flight at a time, so a retry keeps the
 * order of messages.
 */
export function createProducer<Topics = Record<string, unknown>>(options: ProducerOptions): Producer<Topics> {
  const { deadlineMs = DEFAULT_DEADLINE_MS, topicPrefix = '' } = options;
  // Half the deadline, so that a connection that died silently leaves time for another attempt.
  const requestTimeoutMs = deadlineMs / 2;
  const cluster = new Cluster({ ...options, requestTimeoutMs });
  const limits = {
    deadlineMs,
    requestTimeoutMs,
    maxMessages: Math.min(
      options.maxMessagesPerRequest ?? MAX_MESSAGES_PER_REQUEST,
      MAX_MESSAGES_PER_REQUEST,
    ),
  };
  const queues = new Map<string, TopicQueue>();
  let closing: Promise<void> | undefined;

  const queueOf = (topic: string): TopicQueue => {
    const queue = queues.get(topic) ?? new TopicQueue(topicPrefix + topic, cluster, limits);
    queues.set(topic, queue);
    return queue;
  };
  const enqueue = async (topic: string, message: Message<unknown>): Promise<Acknowledgement> => {
    if (closing !== undefined) {
      throw new OrderlyError('message_refused', 'The producer is closed.');
    }
    return queueOf(topic).add(serialise(message));
  };
  const flush = async (): Promise<void> => {
    await Promise.all([...queues.values()].map((queue) => queue.drained()));
  };
  const close = (): Promise<void> => {
    closing ??= flush().then(() => cluster.disconnect());
    return closing;
  };

  return {
    send: (topic, message, callbacks) => {
      const sent = enqueue(topic, message);
      if (callbacks !== undefined) {
        sent.then(callbacks.onSuccess, callbacks.onError ?? ignore).catch(warn);
      }
      return sent;
    },
    flush,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function serialise({ key, value, headers }: Message<unknown>): kafkajs.Message {
  const bytes = value === null || Buffer.isBuffer(value) ? value : toJson(value);
  return headers === undefined ? { key, value: bytes } : { key, value: bytes, headers };
}

function toJson(value: unknown): string {
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    cause = error; // a BigInt, a circle
  }
  if (json === undefined) {
    throw new OrderlyError('message_refused', 'The value cannot be written as JSON.', { cause });
  }
  return json;
}

const ignore = (): void => undefined;

const warn = (thrown: unknown): void =>
  process.emitWarning(`A callback of send() threw: ${Error.isError(thrown) ? thrown.message : thrown}`);
