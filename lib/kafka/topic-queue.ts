import { setTimeout as delay } from 'node:timers/promises';
import { OrderlyError } from '../errors.ts';
import { kafkaFailure } from './kafka-errors.ts';
import type { kafkajs } from './kafkajs/mended-kafkajs.ts';
import type { Acknowledgement, ProducerConnection } from './producer-connection.ts';

/** All messages of a request may fall to one partition, and a broker refuses a batch above 1 MiB. */
const MAX_BYTES_PER_REQUEST = 900_000;

/** What a record costs beside its key, value and headers, generously. */
const RECORD_OVERHEAD_BYTES = 100;

interface Pending {
  readonly message: kafkajs.Message;
  readonly bytes: number;
  readonly deadlineAt: number;
  readonly settle: (result: Acknowledgement | OrderlyError) => void;
  settled: boolean;
}

export interface QueueLimits {
  readonly deadlineMs: number;
  /** Per request. */
  readonly maxMessages: number;
}

/**
 * The messages waiting for one topic. While one request is in flight the next ones gather, so that many
 * concurrent senders cost few requests; repeats stay in place, so that nothing overtakes.
 */
export class TopicQueue {
  readonly #topic: string;
  readonly #connection: ProducerConnection;
  readonly #limits: QueueLimits;
  #waiting: Pending[] = [];
  #inFlight: readonly Pending[] = [];
  #working: Promise<void> | undefined;
  /** Gives up the request that is under way, if one is. */
  #abandon: AbortController | undefined;
  #lastFailure: unknown;

  constructor(topic: string, connection: ProducerConnection, limits: QueueLimits) {
    this.#topic = topic;
    this.#connection = connection;
    this.#limits = limits;
  }

  add(message: kafkajs.Message): Promise<Acknowledgement> {
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        message,
        bytes: bytesOf(message),
        deadlineAt: Date.now() + this.#limits.deadlineMs,
        settled: false,
        settle: (result) => {
          if (pending.settled) {
            return;
          }
          pending.settled = true;
          clearTimeout(timer);
          if (result instanceof OrderlyError) {
            reject(result);
          } else {
            resolve(result);
          }
        },
      };
      const timer = setTimeout(() => this.#expire(pending), this.#limits.deadlineMs);
      this.#waiting.push(pending);
      this.#working ??= this.#work();
    });
  }

  /** Resolves when nothing is waiting or in flight. */
  async drained(): Promise<void> {
    while (this.#working !== undefined) {
      await this.#working;
    }
  }

  async #work(): Promise<void> {
    // What is sent in the same tick leaves in the same request.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      await this.#deliver(this.#takeBatch());
    }
    this.#working = undefined;
  }

  #takeBatch(): Pending[] {
    let bytes = 0;
    const tooMany = this.#waiting.findIndex((pending, index) => {
      bytes += pending.bytes;
      return index > 0 && (index >= this.#limits.maxMessages || bytes > MAX_BYTES_PER_REQUEST);
    });
    return this.#waiting.splice(0, tooMany === -1 ? this.#waiting.length : tooMany);
  }

  /** Repeats until every message of the batch is acknowledged, refused or past its deadline. */
  async #deliver(batch: readonly Pending[]): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      this.#inFlight = batch.filter(({ settled }) => !settled);
      if (this.#inFlight.length === 0) {
        return;
      }
      try {
        await this.#request(this.#inFlight);
        return;
      } catch (error) {
        switch (kafkaFailure(error)) {
          case 'record_refused':
            return this.#isolate(this.#inFlight, error);
          case 'refused':
            return settleAll(this.#inFlight, refusal(this.#topic, error, 'request'));
          case 'not_let_in':
            return settleAll(this.#inFlight, notLetIn(this.#topic, error));
          case 'reconnect':
          case 'resend':
            if (!this.#abandon?.signal.aborted) {
              this.#lastFailure = error; // of one that was given up here only the giving up would be told
            }
            await this.#pause(Math.min(backOffMs(attempt), timeLeftMs(this.#inFlight)));
        }
      }
    }
  }

  /** Ends at once when nobody waits any more: no timer outlives the messages. */
  async #pause(ms: number): Promise<void> {
    const signal = this.#abandon?.signal;
    await delay(ms, undefined, signal && { signal }).catch(() => undefined);
  }

  async #request(batch: readonly Pending[]): Promise<void> {
    this.#abandon = new AbortController();
    const acknowledgements = await this.#connection.request(
      this.#topic,
      batch.map(({ message }) => message),
      this.#abandon.signal,
    );
    this.#lastFailure = undefined;
    for (const [index, acknowledgement] of acknowledgements.entries()) {
      batch[index]?.settle(acknowledgement);
    }
  }

  /** One record that Kafka refuses must not fail its neighbours: halve until it is alone. */
  async #isolate(batch: readonly Pending[], error: unknown): Promise<void> {
    if (batch.length === 1) {
      return settleAll(batch, refusal(this.#topic, error, 'message'));
    }
    const middle = Math.ceil(batch.length / 2);
    await this.#deliver(batch.slice(0, middle));
    await this.#deliver(batch.slice(middle));
  }

  #expire(pending: Pending): void {
    const why = this.#lastFailure === undefined ? '' : ` (${reasonOf(this.#lastFailure)})`;
    pending.settle(
      new OrderlyError(
        'kafka_unavailable',
        `Kafka did not acknowledge in time${why}; it may have stored the message or not.`,
        {
          cause: this.#lastFailure,
          details: { topic: this.#topic, deadlineMs: this.#limits.deadlineMs },
        },
      ),
    );
    while (this.#waiting[0]?.settled === true) {
      this.#waiting.shift();
    }
    if (this.#inFlight.every(({ settled }) => settled)) {
      // Nobody waits for the request any more, and a frozen broker may never answer it.
      this.#abandon?.abort();
    }
  }
}

function settleAll(batch: readonly Pending[], result: OrderlyError): void {
  for (const pending of batch) {
    pending.settle(result);
  }
}

function refusal(topic: string, cause: unknown, of: 'message' | 'request'): OrderlyError {
  return new OrderlyError(
    'message_refused',
    `Kafka refused the message for topic "${topic}": ${reasonOf(cause)}`,
    { cause, details: { of } },
  );
}

const notLetIn = (topic: string, cause: unknown): OrderlyError =>
  new OrderlyError('kafka_unavailable', 'Kafka does not let this program in; the log has the reason.', {
    cause,
    details: { topic },
  });

const reasonOf = (error: unknown): string => (Error.isError(error) ? error.message : String(error));

/** 25 ms doubling to 500 ms: a broker that restarts is found soon, one that is away is not hammered. */
const backOffMs = (attempt: number): number => Math.min(25 * 2 ** attempt, 500);

const timeLeftMs = (batch: readonly Pending[]): number =>
  Math.max(0, (batch.at(-1)?.deadlineAt ?? 0) - Date.now());

function bytesOf({ key, value, headers }: kafkajs.Message): number {
  const headerBytes = Object.entries(headers ?? {}).reduce(
    (sum, [name, header = '']) =>
      [header].flat().reduce((total, value) => total + name.length + Buffer.byteLength(value), sum),
    0,
  );
  return Buffer.byteLength(key ?? '') + Buffer.byteLength(value ?? '') + headerBytes + RECORD_OVERHEAD_BYTES;
}
