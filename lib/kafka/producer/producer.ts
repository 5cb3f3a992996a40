import { OrderlyError } from '../../errors/orderly-error.ts';
import { Cluster } from '../cluster.ts';
import type { Compression } from '../protocol/compression.ts';
import { OutgoingRecord } from '../protocol/record-batch.ts';
import type { KafkaSecurity } from '../security.ts';
import type { Acknowledgement } from './pending-message.ts';
import { TopicQueue } from './topic-queue.ts';

export interface ProducerOptions {
  /** host:port of some brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Default: plaintext. */
  readonly security?: KafkaSecurity | undefined;
  /** The prefix of topic names on the cluster. `send` takes names without it. */
  readonly topicPrefix?: string;
  /** After this time an unacknowledged message fails with `kafka_unavailable`. Default: 4,000 ms. */
  readonly deadlineMs?: number;
  /** Batches from 1 KB on are compressed if that makes them smaller. Every consumer must know the codec. Default: none. */
  readonly compression?: Compression;
}

export interface Message<Value> {
  /** Text is encoded as UTF-8. Messages with the same key keep their order. `null`: distributed over the partitions. */
  readonly key: string | Buffer | null;
  /** Sent as JSON; a Buffer is sent unchanged. `null` is a tombstone. */
  readonly value: Value | null;
  /** An array repeats the name. */
  readonly headers?: Readonly<Record<string, string | Buffer | (string | Buffer)[]>>;
}

export interface SendCallbacks {
  readonly onSuccess?: (acknowledgement: Acknowledgement) => void;
  readonly onError?: (error: OrderlyError) => void;
}

/** `Topics` maps topic names to the type of their values. */
export interface Producer<Topics> extends AsyncDisposable {
  /**
   * Resolves once all in-sync replicas have stored the message (acks=all). Callbacks, if given, receive the same result;
   * an exception of a callback becomes a process warning.
   *
   * Rejects with `kafka_unavailable` if the message is not acknowledged before the deadline. It may be stored anyway, and
   * sending it again can store it twice. Rejects with `message_refused` if Kafka rejects the message, the value is not
   * valid JSON, or the producer is closed. `details.of` is `message` if Kafka will never accept this message, and `request`
   * for another cause, such as a missing permission.
   */
  send<Topic extends keyof Topics & string>(
    topic: Topic,
    message: Message<Topics[Topic]>,
    callbacks?: SendCallbacks,
  ): Promise<Acknowledgement>;
  /** Resolves once no message is waiting or in flight. */
  flush(): Promise<void>;
  /** Rejects new messages, flushes and disconnects. Idempotent. */
  close(): Promise<void>;
}

const DEFAULT_DEADLINE_MS = 4_000;

/** Encoding a request of this size blocks the process for some milliseconds. */
const MAX_MESSAGES_PER_REQUEST = 1_000;

/**
 * Creates a producer that one process shares. It connects with the first message; the caller closes it. Concurrent messages
 * share one request per topic and leader. A lost connection is replaced within the deadline of its messages. A broker that
 * fails delays only the partitions that it leads. One batch per partition is in flight at a time, so a retry keeps the
 * order of messages.
 */
export function createProducer<Topics = Record<string, unknown>>(options: ProducerOptions): Producer<Topics> {
  const { deadlineMs = DEFAULT_DEADLINE_MS, topicPrefix = '' } = options;
  // Half the deadline: after a connection died without notice, there is time for another attempt.
  const requestTimeoutMs = deadlineMs / 2;
  const cluster = new Cluster({ ...options, requestTimeoutMs });
  const limits = { deadlineMs, requestTimeoutMs, maxMessages: MAX_MESSAGES_PER_REQUEST };
  const queues = new Map<string, TopicQueue>();
  let closing: Promise<void> | undefined;

  const queueOf = (topic: string): TopicQueue => {
    let queue = queues.get(topic);
    if (queue === undefined) {
      queue = new TopicQueue(topicPrefix + topic, cluster, limits);
      queues.set(topic, queue);
    }
    return queue;
  };
  // Not async, which would add another promise to each message.
  const enqueue = (topic: string, message: Message<unknown>): Promise<Acknowledgement> => {
    if (closing !== undefined) {
      return Promise.reject(
        new OrderlyError('message_refused', 'The producer is closed.', { details: { of: 'request' } }),
      );
    }
    try {
      return queueOf(topic).add(toRecord(message));
    } catch (error) {
      return Promise.reject(error instanceof OrderlyError ? error : wrongType(error));
    }
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

function toRecord({ key, value, headers }: Message<unknown>): OutgoingRecord {
  return new OutgoingRecord({
    key: typeof key === 'string' ? Buffer.from(key) : key,
    value: value === null || Buffer.isBuffer(value) ? value : toJson(value),
    headers: headers === undefined ? [] : headerList(headers),
  });
}

function headerList(headers: NonNullable<Message<unknown>['headers']>): OutgoingRecord['headers'] {
  return Object.entries(headers).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((text) => [name, text] as const) : [[name, value] as const],
  );
}

function toJson(value: unknown): string {
  let json: string | undefined;
  let cause: unknown;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    cause = error; // such as a BigInt or a circular reference
  }
  if (json === undefined) {
    throw new OrderlyError('message_refused', 'The value cannot be converted to JSON.', {
      cause,
      details: { of: 'message' },
    });
  }
  return json;
}

/** For callers without types. */
function wrongType(cause: unknown): OrderlyError {
  return new OrderlyError('message_refused', 'The key or a header is neither text nor bytes.', {
    cause,
    details: { of: 'message' },
  });
}

const ignore = (): void => undefined;

const warn = (thrown: unknown): void =>
  process.emitWarning(`A callback of send() threw: ${Error.isError(thrown) ? thrown.message : thrown}`);
