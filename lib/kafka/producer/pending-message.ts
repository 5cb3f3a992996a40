import { OrderlyError } from '../../errors/orderly-error.ts';
import type { kafkajs } from '../kafkajs/patched-kafkajs.ts';

/** The position at which Kafka stored a message. */
export interface Acknowledgement {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** An upper estimate of the size of a record without its key, value and headers. */
const RECORD_OVERHEAD_BYTES = 100;

/** A message between `send` and its acknowledgement, rejection or deadline, whichever comes first. */
export class PendingMessage {
  readonly message: kafkajs.Message;
  readonly bytes: number;
  readonly deadlineAt: number;
  readonly acknowledged: Promise<Acknowledgement>;
  /** Why the last attempt failed. */
  failure: unknown;
  isSettled = false;
  readonly #resolve: (acknowledgement: Acknowledgement) => void;
  readonly #reject: (error: OrderlyError) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #onSettled: () => void;

  constructor(
    message: kafkajs.Message,
    deadlineMs: number,
    on: { readonly expired: (pending: PendingMessage) => void; readonly settled: () => void },
  ) {
    this.message = message;
    this.bytes = bytesOf(message);
    this.deadlineAt = Date.now() + deadlineMs;
    const { promise, resolve, reject } = Promise.withResolvers<Acknowledgement>();
    this.acknowledged = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#onSettled = on.settled;
    this.#timer = setTimeout(() => on.expired(this), deadlineMs);
  }

  acknowledge(acknowledgement: Acknowledgement): void {
    if (this.#settle()) {
      this.#resolve(acknowledgement);
    }
  }

  reject(error: OrderlyError): void {
    if (this.#settle()) {
      this.#reject(error);
    }
  }

  #settle(): boolean {
    if (this.isSettled) {
      return false;
    }
    this.isSettled = true;
    clearTimeout(this.#timer);
    this.#onSettled();
    return true;
  }
}

function bytesOf({ key, value, headers }: kafkajs.Message): number {
  const headerBytes = Object.entries(headers ?? {}).reduce(
    (sum, [name, header = '']) =>
      [header].flat().reduce((total, text) => total + name.length + Buffer.byteLength(text), sum),
    0,
  );
  return Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '') + headerBytes + RECORD_OVERHEAD_BYTES;
}

/** Kafka rejects the message permanently. `scope`: because of this message, or of the whole request, such as a missing permission. */
export function messageRejected(topic: string, cause: unknown, scope: 'message' | 'request'): OrderlyError {
  return new OrderlyError(
    'message_refused',
    `Kafka rejected the message for topic "${topic}": ${reasonOf(cause)}`,
    { cause, details: { of: scope } },
  );
}

export function notAuthenticated(topic: string, cause: unknown): OrderlyError {
  return new OrderlyError(
    'kafka_unavailable',
    'Kafka rejected the authentication of this program. The log contains the reason.',
    { cause, details: { topic } },
  );
}

/** The deadline has passed. `cause`: why the last attempt failed, if one did. */
export function notAcknowledged(topic: string, cause: unknown, deadlineMs: number): OrderlyError {
  const reason = cause === undefined ? '' : ` (${reasonOf(cause)})`;
  return new OrderlyError(
    'kafka_unavailable',
    `Kafka did not acknowledge the message in time${reason}; it may be stored or not.`,
    { cause, details: { topic, deadlineMs } },
  );
}

const reasonOf = (error: unknown): string => (Error.isError(error) ? error.message : String(error));
