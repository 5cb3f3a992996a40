import { setTimeout as delay } from 'node:timers/promises';
import type { Queryable } from '../../lib/postgres/database.ts';
import { selectCompleted } from './stored-orders.ts';

/** The pause between two polls; longer when many orders are pending, whose latencies are long anyway. */
const POLL_INTERVAL_MS = 5;
const ORDERS_PER_INTERVAL = 200;
/** Enough for a p99, and a small load on the database. */
const WATCHED_PER_SECOND = 50;

/**
 * Measures when orders can be read as COMPLETED. Polls PostgreSQL for an even sample of the acknowledged orders. A
 * row's `updated_at` would cost no query, but it is set before the commit of its batch, so it excludes the commit.
 */
export class CompletionWatch {
  readonly latenciesMs: number[] = [];
  readonly #db: Queryable;
  readonly #every: number;
  #offered = 0;
  readonly #dueAt = new Map<string, number>();
  #closed = false;
  readonly #watching: Promise<void>;

  constructor(db: Queryable, ordersPerSecond: number) {
    this.#db = db;
    this.#every = Math.ceil(ordersPerSecond / WATCHED_PER_SECOND);
    this.#watching = this.#watch();
  }

  /** Adds acknowledged orders; `dueAt` is a time of `performance.now()`. */
  offer(orderIds: readonly string[], dueAt: number): void {
    for (const orderId of orderIds) {
      if (this.#offered % this.#every === 0) {
        this.#dueAt.set(orderId, dueAt);
      }
      this.#offered += 1;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#watching;
    await this.#ask(); // finds orders that completed since the last poll
  }

  async #watch(): Promise<void> {
    while (!this.#closed) {
      if (this.#dueAt.size > 0) {
        await this.#ask();
      }
      await delay(POLL_INTERVAL_MS * Math.max(1, Math.ceil(this.#dueAt.size / ORDERS_PER_INTERVAL)));
    }
  }

  async #ask(): Promise<void> {
    // An unavailable database shows in the latencies and in the verdict.
    const completed = await selectCompleted(this.#db, [...this.#dueAt.keys()]).catch(() => []);
    const now = performance.now();
    for (const orderId of completed) {
      this.latenciesMs.push(now - (this.#dueAt.get(orderId) ?? now));
      this.#dueAt.delete(orderId);
    }
  }
}
