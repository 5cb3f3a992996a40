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
   * Members of one group share the partitions, and the group remembers how far each was handled. Without one the
   * consumer reads every partition alone, commits nothing, and remembers its positions itself while it lives.
   */
  readonly groupId?: string;
  /**
   * Where to begin a partition that has no committed position. `latest` and a time mean the moment of the first
   * `start` or `consumeMessages`; a partition added later is read from its first message. Default `earliest`.
   */
  readonly startFrom?: StartingOffset;
  /**
   * Makes a value of the bytes; never called for tombstones. What it throws makes the message undecodable. The
   * default parses JSON and trusts the producers to have sent what `Topics` says: check it here if others produce.
   */
  readonly decode?: (value: Buffer, topic: string) => Topics[keyof Topics & string];
  /**
   * Gets what cannot be decoded, in its place among the messages, and counts as its handler. Default: a warning.
   */
  readonly onUndecodable?: (message: RawMessage, reason: unknown) => unknown;
  /** Told of what goes wrong and is tried again. Default: a process warning. */
  readonly onWarning?: (warning: string, cause: unknown) => void;
}

export type MessageHandler<Topics> = (message: ConsumedMessage<Topics>) => unknown;

/**
 * Delivers every message at least once: a position is committed after everything before it was handled, at most
 * 0.5 s later, and a process that dies repeats what it had not committed. Messages of one partition are handled
 * one after the other in their order, those of several partitions side by side.
 */
export interface Consumer<Topics> extends AsyncDisposable {
  /**
   * Handles messages until that many were handled and their positions are committed; the next call goes on after
   * them. Meanwhile the consumer keeps its partitions. Undecodable messages do not count. Rejects with what the
   * handler throws, after the handlers of other partitions have ended; that message is the first of its
   * partition in the next call. Resolves to the number handled, which is smaller only after `stop` or `close`.
   */
  consumeMessages(handler: MessageHandler<Topics>, options: { maxMessages: number }): Promise<number>;
  /**
   * Handles messages in the background. Resolves when the consumer has its positions, so that what is produced
   * from then on is handled; that takes until the brokers answer. A message whose handler throws is handled
   * again after a back-off of 0.1 s to 30 s, until it succeeds; its partition waits, the others go on.
   */
  start(handler: MessageHandler<Topics>): Promise<void>;
  /**
   * Resolves when the running handlers have ended, their positions are committed and the group has the
   * partitions back. Can be started again. Rejects with `kafka_unavailable` when the brokers did not take the
   * positions within 5 s; it has stopped all the same.
   */
  stop(): Promise<void>;
  /** Stops for good. Idempotent. */
  close(): Promise<void>;
}

/** A consumer of JSON messages, for tools and long-running workers. It connects with the first call. */
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
      throw new Error('The consumer is consuming already.');
    }
    delivery = new Delivery({
      ...settings,
      task: (message) => taskOf(message, handler, { ...options, onWarning }),
      failed: (message, thrown) =>
        onWarning(`Handling ${nameOf(message)} failed, trying on: ${reasonOf(thrown)}`, thrown),
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
    begin(handler, { limit: Number.POSITIVE_INFINITY, onFailure: 'repeat' });
    const ready = subscription.open();
    subscription.wake();
    await ready;
  };
  const stop = async (): Promise<void> => {
    const stopping = delivery;
    stopping?.stop();
    await stopping?.ended.catch(ignore); // told to whoever called consumeMessages
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
  // The topic decides the type of the value, which the compiler cannot follow.
  return { counts: true, run: () => handler({ ...raw, value } as ConsumedMessage<Topics>) };
}

const parseJson = (value: Buffer): unknown => JSON.parse(value.toString());

type Warn = (warning: string, cause: unknown) => void;

/** A warning must not end what it warns of: if the program's own way of telling throws, the process tells. */
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
