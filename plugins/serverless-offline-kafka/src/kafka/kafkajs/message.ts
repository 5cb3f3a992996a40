import type { IHeaders, KafkaMessage } from 'kafkajs';

/** A name and its bytes; names may repeat, and a header may have no value. */
export type Header = readonly [name: string, value: Buffer | null];

/** Where reading a partition has come to an end for now, and why. */
export interface Unreadable {
  /** Of the first record that could not be read. */
  readonly offset: bigint;
  /** Behind its batch, which can be read only as a whole. */
  readonly nextOffset: bigint;
  readonly cause: unknown;
}

/** What kafkajs' types do not know of a message. */
export interface MessageExtras {
  /** Every header in its place; undefined in a message that kafkajs itself has decoded. */
  readonly headerList?: readonly Header[];
  /** Whether the broker gave the timestamp, and not the producer. */
  readonly isLogAppendTime?: boolean;
  /** Kafkajs drops such a message, but counts its offset as read. */
  readonly isControlRecord?: boolean;
  /** The message stands for all that comes after the one before it. */
  readonly unreadable?: Unreadable;
}

interface MessageParts extends MessageExtras {
  readonly offset: bigint;
  readonly timestamp?: bigint;
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
}

/** A message as kafkajs hands it on. */
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
   * For others who use kafkajs in this process: the form of its types. Names are no longer looked up on an object with a
   * prototype, where `constructor` is there already, and the object is not copied for each header.
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

/** What kafkajs' types do not know of a message that can be read. */
export const extrasOf = ({ headerList = [], isLogAppendTime = false }: KafkaMessage & MessageExtras) => ({
  headerList,
  isLogAppendTime,
});

/** The messages of a batch that could be read, and what ended the reading. */
export function splitUnreadable(messages: readonly (KafkaMessage & MessageExtras)[]): {
  readonly readable: readonly KafkaMessage[];
  readonly unreadable: Unreadable | undefined;
} {
  const unreadable = messages.at(-1)?.unreadable;
  return { readable: unreadable === undefined ? messages : messages.slice(0, -1), unreadable };
}
