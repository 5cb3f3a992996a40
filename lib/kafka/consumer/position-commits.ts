import { setTimeout as delay } from 'node:timers/promises';
import { OrderlyError } from '../../errors/orderly-error.ts';
import { partitionKey } from './consumed-message.ts';
import type { Position } from './group-member.ts';

/** After a crash, at most the messages that were handled in this time are delivered again. */
const INTERVAL_MS = 500;
const RETRY_MS = 100;

/** Positions to commit. Commits all pending positions together, one request at a time, and retries until it succeeds. */
export class PositionCommits {
  readonly #send: (positions: readonly Position[]) => Promise<void>;
  readonly #pending = new Map<string, Position>();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #lastFailure: unknown;

  constructor(send: (positions: readonly Position[]) => Promise<void>) {
    this.#send = send;
  }

  add(position: Position): void {
    this.#pending.set(partitionKey(position), position);
    this.#timer ??= setTimeout(() => this.commit(), INTERVAL_MS);
  }

  /** Drops the positions of all other partitions, which are assigned to other members now. */
  retain(partitionKeys: ReadonlySet<string>): void {
    for (const key of this.#pending.keys()) {
      if (!partitionKeys.has(key)) {
        this.#pending.delete(key);
      }
    }
  }

  /** Commits the pending positions. They stay pending if the commit fails. Never rejects. */
  commit(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#sendPending().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  /** Resolves when no position is pending. @throws OrderlyError `kafka_unavailable` if the signal aborts first */
  async flush(signal: AbortSignal): Promise<void> {
    const abandoned = aborted(signal);
    while (this.#pending.size > 0) {
      await Promise.race([this.commit(), abandoned]);
      if (this.#pending.size > 0 && signal.aborted) {
        throw new OrderlyError(
          'kafka_unavailable',
          'The positions were not committed in time: handled messages will be delivered again.',
          { cause: this.#lastFailure },
        );
      }
      if (this.#pending.size > 0) {
        await delay(RETRY_MS);
      }
    }
  }

  /** Drops the pending positions. */
  clear(): void {
    this.#pending.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #sendPending(): Promise<void> {
    const positions = [...this.#pending.values()];
    if (positions.length === 0) {
      return;
    }
    try {
      await this.#send(positions);
      for (const position of positions) {
        const key = partitionKey(position);
        if (this.#pending.get(key) === position) {
          this.#pending.delete(key);
        }
      }
    } catch (error) {
      this.#lastFailure = error;
    }
    if (this.#pending.size > 0) {
      this.#timer ??= setTimeout(() => this.commit(), INTERVAL_MS);
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) {
      resolve();
    }
  });
}
