import type { KafkaSecurity } from '../security.ts';
import type { ConsumedMessage, RawMessage } from './consumed-message.ts';
import { Delivery, type DeliverySettings, type Task } from './delivery.ts';
import type { StartingOffset } from './offset-lookup.ts';
import { Subscription } from './subscription.ts';

/** `Topics` maps topic names to the type of their values. */
export interface ConsumerOptions<Topics> {
  /** host:port of some brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Default: plaintext. */
  readonly security?: KafkaSecurity | undefined;
  readonly topics: readonly (keyof Topics & string)[];
  /**
   * The members of a group share the partitions, and the group stores the committed positions. Without a group id, the
   * consumer reads all partitions, commits nothing, and keeps its positions in memory.
   */
  readonly groupId?: string;
  /**
   * The starting offset of a partition without a committed position. It is resolved at the first `start` or
   * `consumeMessages`; a partition that is added later is read from its first message. Default: `earliest`.
   */
  readonly startFrom?: StartingOffset;
  /**
   * Decodes a value; never called for tombstones. If it throws, the message is undecodable. The default parses JSON and
   * does not validate it against `Topics`: pass a decoder that validates if others produce to the topic.
   */
  readonly decode?: (value: Buffer, topic: string) => Topics[keyof Topics & string];
  /**
   * Handles a message that cannot be decoded, in the order of its partition. Default: a warning, and the message is skipped.
   */
  readonly onUndecodable?: (message: RawMessage, reason: unknown) => unknown;
  /** Called for failures that are retried. Default: a process warning. */
  readonly onWarning?: (warning: string, cause: unknown) => void;
}

export type MessageHandler<Topics> = (message: ConsumedMessage<Topics>) => unknown;

/**
 * Delivers every message at least once. A position is committed at most 0.5 s after all messages before it were handled;
 * after a crash, the messages after the last committed position are delivered again. Messages of one partition are handled
 * sequentially in their order; partitions are handled concurrently.
 */
export interface Consumer<Topics> extends AsyncDisposable {
  /**
   * Handles `maxMessages` messages, commits their positions, and resolves to the number of handled messages. The number is
   * smaller only after `stop` or `close`. Undecodable messages do not count. Between calls the consumer keeps its
   * partitions, and the next call continues after the committed positions.
   *
   * Rejects with the error of the handler, after the handlers of the other partitions have ended. The next call starts its
   * partition with the failed message.
   */
  consumeMessages(handler: MessageHandler<Topics>, options: { maxMessages: number }): Promise<number>;
  /**
   * Handles messages in the background. Resolves when the consumer has its positions: messages that are produced from then
   * on are handled. Waits until the brokers respond. A message whose handler throws is retried with a back-off of 0.1 s to
   * 30 s until it succeeds; meanwhile its partition waits, and the other partitions continue.
   */
  start(handler: MessageHandler<Topics>): Promise<void>;
  /**
   * Waits for the running handlers, commits their positions and leaves the group. The consumer can be started again.
   * Rejects with `kafka_unavailable` if the positions were not committed within 5 s; the consumer has stopped anyway.
   */
  stop(): Promise<void>;
  /** Stops for good. Idempotent. */
  close(): Promise<void>;
}

/** Creates a consumer for tools and long-running workers. It connects with the first call; the caller closes it. */
export function createConsumer<Topics = Record<string, unknown>>(
  options: ConsumerOptions<Topics>,
): Consumer<Topics> {
  const onWarning = safeWarning(options.onWarning);
  let delivery: Delivery | undefined;
  let closing: Promise<void> | undefined;
  const subscription = new Subscription({
    ...options,
    groupId: options.groupId,
    startFrom: options.startFrom ?? 'earliest',
    deliver: async (message, revoked) => (await delivery?.deliver(message, revoked)) ?? false,
    warn: onWarning,
  });

  const begin = (
    handler: MessageHandler<Topics>,
    settings: Pick<DeliverySettings, 'limit' | 'onFailure'>,
  ): Delivery => {
    if (closing !== undefined) {
      throw new Error('The consumer is closed.');
    }
    if (delivery !== undefined) {
      throw new Error('The consumer is already consuming.');
    }
    delivery = new Delivery({
      ...settings,
      task: (message) => taskOf(message, handler, { ...options, onWarning }),
      failed: (message, thrown) =>
        onWarning(`Handling ${nameOf(message)} failed, retrying: ${reasonOf(thrown)}`, thrown),
    });
    return delivery;
  };

  const consumeMessages: Consumer<Topics>['consumeMessages'] = async (handler, { maxMessages }) => {
    if (!Number.isSafeInteger(maxMessages) || maxMessages < 1) {
      throw new RangeError(`maxMessages must be a whole number above 0, not ${maxMessages}.`);
    }
    const consuming = begin(handler, { limit: maxMessages, onFailure: 'end' });
    void subscription.open();
    subscription.wake();
    try {
      await consuming.ended.catch(ignore);
      await subscription.commit();
    } finally {
      delivery = delivery === consuming ? undefined : delivery;
    }
    return consuming.ended;
  };
  const start: Consumer<Topics>['start'] = async (handler) => {
    begin(handler, { limit: Number.POSITIVE_INFINITY, onFailure: 'retry' });
    const ready = subscription.open();
    subscription.wake();
    await ready;
  };
  const stop = async (): Promise<void> => {
    const stopping = delivery;
    stopping?.stop();
    await stopping?.ended.catch(ignore); // the caller of consumeMessages gets the error
    try {
      await subscription.close();
    } finally {
      delivery = delivery === stopping ? undefined : delivery;
    }
  };
  const close = (): Promise<void> => {
    closing ??= stop();
    return closing;
  };

  return { consumeMessages, start, stop, close, [Symbol.asyncDispose]: close };
}

function taskOf<Topics>(
  raw: RawMessage,
  handler: MessageHandler<Topics>,
  options: ConsumerOptions<Topics> & { onWarning: Warn },
): Task {
  const { onUndecodable, onWarning } = options;
  const decode: (value: Buffer, topic: string) => unknown = options.decode ?? parseJson;
  let value: unknown;
  try {
    value = raw.value === null ? null : decode(raw.value, raw.topic);
  } catch (reason) {
    const skip = (): void =>
      onWarning(`Skipped ${nameOf(raw)}, which cannot be decoded: ${reasonOf(reason)}`, reason);
    return { counts: false, run: () => (onUndecodable ? onUndecodable(raw, reason) : skip()) };
  }
  // The topic determines the type of the value; the compiler cannot infer this.
  return { counts: true, run: () => handler({ ...raw, value } as ConsumedMessage<Topics>) };
}

const parseJson = (value: Buffer): unknown => JSON.parse(value.toString());

type Warn = (warning: string, cause: unknown) => void;

/** Emits a process warning if `onWarning` throws, so that a failing callback does not stop the consumer. */
function safeWarning(onWarning: Warn = (warning) => process.emitWarning(warning)): Warn {
  return (warning, cause) => {
    try {
      onWarning(warning, cause);
    } catch (thrown) {
      process.emitWarning(`${warning} (onWarning threw: ${reasonOf(thrown)})`);
    }
  };
}

const nameOf = ({ topic, partition, offset }: RawMessage): string =>
  `the message at ${topic}/${partition}@${offset}`;

const reasonOf = (thrown: unknown): string => (Error.isError(thrown) ? thrown.message : String(thrown));

const ignore = (): void => undefined;
