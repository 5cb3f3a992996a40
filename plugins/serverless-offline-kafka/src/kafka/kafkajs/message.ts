import type { IHeaders, KafkaMessage } from 'kafkajs';

/** A name and its bytes; names may repeat, and a header may have no value. */
export type Header = readonly [name: string, value: Buffer | null];

/** The record at which reading a partition has stopped, and the cause. */
export interface Unreadable {
  /** The offset of the first record that could not be read. */
  readonly offset: bigint;
  /** The offset after the batch. A batch can be read only as a whole. */
  readonly nextOffset: bigint;
  readonly cause: unknown;
}

/** The fields of a message that kafkajs' types do not have. */
export interface MessageExtras {
  /** All headers in order; undefined in a message that kafkajs itself has decoded. */
  readonly headerList?: readonly Header[];
  /** True if the broker set the timestamp, not the producer. */
  readonly isLogAppendTime?: boolean;
  /** kafkajs drops such a message, but counts its offset as read. */
  readonly isControlRecord?: boolean;
  /** Set on a placeholder for the records after the previous message, which cannot be read. */
  readonly unreadable?: Unreadable;
}

interface MessageParts extends MessageExtras {
  readonly offset: bigint;
  readonly timestamp?: bigint;
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
}

/** A message in the form of kafkajs. */
export class DecodedMessage implements MessageExtras {
  readonly attributes = 0;
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headerList: readonly Header[];
  readonly isLogAppendTime: boolean;
  readonly isControlRecord: boolean;
  readonly unreadable?: Unreadable;

  constructor(parts: MessageParts) {
    this.offset = String(parts.offset);
    this.timestamp = String(parts.timestamp ?? -1n);
    this.key = parts.key ?? null;
    this.value = parts.value ?? null;
    this.headerList = parts.headerList ?? [];
    this.isLogAppendTime = parts.isLogAppendTime ?? false;
    this.isControlRecord = parts.isControlRecord ?? false;
    if (parts.unreadable !== undefined) {
      this.unreadable = parts.unreadable;
    }
  }

  /**
   * The headers in the form of kafkajs' types, for other users of kafkajs in this process. The object has no prototype, so
   * that a header can be named `constructor`.
   */
  get headers(): IHeaders {
    const headers = Object.create(null);
    for (const [name, value] of this.headerList) {
      const before = headers[name];
      if (Array.isArray(before)) {
        before.push(value);
      } else {
        headers[name] = before === undefined ? value : [before, value];
      }
    }
    return headers;
  }
}

/** Returns the additional fields of a readable message. */
export const extrasOf = ({ headerList = [], isLogAppendTime = false }: KafkaMessage & MessageExtras) => ({
  headerList,
  isLogAppendTime,
});

/** Returns the readable messages of a batch, and the reason why reading stopped. */
export function splitUnreadable(messages: readonly (KafkaMessage & MessageExtras)[]): {
  readonly readable: readonly KafkaMessage[];
  readonly unreadable: Unreadable | undefined;
} {
  const unreadable = messages.at(-1)?.unreadable;
  return { readable: unreadable === undefined ? messages : messages.slice(0, -1), unreadable };
}
