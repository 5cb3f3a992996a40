import { setTimeout as delay } from 'node:timers/promises';
import type { Queryable } from '../../lib/postgres/database.ts';
import { selectCompleted } from './stored-orders.ts';

/** Between two questions, for so many orders. When more are on their way, they wait long enough for a coarser look. */
const POLL_INTERVAL_MS = 5;
const ORDERS_PER_INTERVAL = 200;
/** Enough for a p99, few enough not to be felt by the database. */
const WATCHED_PER_SECOND = 50;

/**
 * Measures when orders can be read as COMPLETED, by asking PostgreSQL again and again for those that were
 * acknowledged and not seen yet. A row's own `updated_at` would be free of charge, but it is taken before the
 * commit of its batch and so leaves out what costs most. Watches an even sample of the orders.
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

  /** Acknowledged orders; `dueAt` is on the clock of `performance.now()`. */
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
    await this.#ask(); // for those that were completed since the last time
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
    // A database that is away shows in the latencies, and in the verdict.
    const completed = await selectCompleted(this.#db, [...this.#dueAt.keys()]).catch(() => []);
    const now = performance.now();
    for (const orderId of completed) {
      this.latenciesMs.push(now - (this.#dueAt.get(orderId) ?? now));
      this.#dueAt.delete(orderId);
    }
  }
}
