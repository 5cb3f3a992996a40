import { OrderlyError } from '../../errors/orderly-error.ts';
import type { OutgoingRecord } from '../protocol/record-batch.ts';

/** The position at which Kafka stored a message. */
export interface Acknowledgement {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A message between `send` and its acknowledgement, rejection or deadline, whichever comes first. */
export class PendingMessage {
  readonly record: OutgoingRecord;
  readonly acknowledged: Promise<Acknowledgement>;
  /** Why the last attempt failed. */
  failure: unknown;
  isSettled = false;
  readonly #deadline: Deadline;
  #resolve: (acknowledgement: Acknowledgement) => void = ignore;
  #reject: (error: OrderlyError) => void = ignore;

  constructor(record: OutgoingRecord, deadline: Deadline) {
    this.record = record;
    this.#deadline = deadline;
    this.acknowledged = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    deadline.add(this);
  }

  get deadlineAt(): number {
    return this.#deadline.at;
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
    this.#deadline.countSettled();
    return true;
  }
}

export interface DeadlineCallbacks {
  /** Receives the messages that are not settled in time. */
  readonly expired: (messages: readonly PendingMessage[]) => void;
  /** Called once for each message. */
  readonly settled: () => void;
}

/** The deadline of all messages that were sent in the same millisecond. They share a timer. */
export class Deadline {
  /** In ms since the epoch. */
  readonly at: number;
  readonly #on: DeadlineCallbacks;
  #messages: PendingMessage[] = [];
  #unsettled = 0;
  readonly #timer: NodeJS.Timeout;

  constructor(now: number, afterMs: number, on: DeadlineCallbacks) {
    this.at = now + afterMs;
    this.#on = on;
    this.#timer = setTimeout(() => on.expired(this.#messages.filter(({ isSettled }) => !isSettled)), afterMs);
  }

  /** True when all its messages are settled. Its timer has then ended, and it takes no more messages. */
  get isOver(): boolean {
    return this.#unsettled === 0;
  }

  add(pending: PendingMessage): void {
    this.#messages.push(pending);
    this.#unsettled += 1;
  }

  countSettled(): void {
    this.#unsettled -= 1;
    if (this.#unsettled === 0) {
      clearTimeout(this.#timer);
      this.#messages = []; // the queue keeps its latest deadline while it is idle
    }
    this.#on.settled();
  }
}

const ignore = (): void => undefined;

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
