import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '../../../cli/poll-until.ts';
import type { LoadOrder } from '../../../ops/load/load-orders.ts';

export interface AcknowledgedOrder {
  readonly sent: LoadOrder;
  readonly createdAt: Date;
}

/** Limits the load to some hundred orders a second, so that the servers have enough CPU time. */
const PAUSE_MS = 20;
const PAUSE_AFTER_FAILURE_MS = 100;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Clients that send orders, each with a unique id, until `finish` is called. They repeat each order, unchanged, until
 * it is acknowledged. Keeps the acknowledged orders with their content.
 */
export class OrderLoad {
  readonly acknowledged = new Map<string, AcknowledgedOrder>();
  /** Requests without an answer yet. */
  inFlight = 0;
  /** Requests that were answered with an error or not at all. */
  failures = 0;
  readonly #url: string;
  readonly #senders: number;
  #next = 0;
  #finishing = false;
  #running: Promise<unknown> | undefined;

  constructor(apiUrl: string, senders: number) {
    this.#url = `${apiUrl}/api/orders`;
    this.#senders = senders;
  }

  start(): void {
    this.#running = Promise.all(Array.from({ length: this.#senders }, () => this.#sendAll()));
  }

  async reached(acknowledged: number): Promise<void> {
    await pollUntil(() => this.acknowledged.size >= acknowledged, { intervalMs: 2, timeoutMs: 120_000 });
  }

  /** Starts no further order, and waits until each started one is acknowledged. */
  async finish(): Promise<void> {
    this.#finishing = true;
    await this.#running;
  }

  async #sendAll(): Promise<void> {
    while (!this.#finishing) {
      const order = anOrder(this.#next);
      this.#next += 1;
      while (!(await this.#send(order))) {
        this.failures += 1;
        await delay(PAUSE_AFTER_FAILURE_MS);
      }
      this.acknowledged.set(order.order_id, { sent: order, createdAt: new Date(order.created_at) });
      await delay(PAUSE_MS);
    }
  }

  async #send(order: LoadOrder): Promise<boolean> {
    this.inFlight += 1;
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(order),
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      await response.arrayBuffer();
      return response.status === 202;
    } catch {
      return false; // rejected or cut off: the order may not be stored
    } finally {
      this.inFlight -= 1;
    }
  }
}

function anOrder(index: number): LoadOrder {
  return {
    order_id: `order-${String(index).padStart(6, '0')}`,
    customer_id: `customer-${index % 100}`,
    product_id: `Prödukt ${index % 17}`,
    quantity: (index % 9) + 1,
    price: (((index * 37) % 100_000) + 1) / 100,
    created_at: new Date(Date.UTC(2026, 10, 1) + index * 1_234).toISOString(),
  };
}
