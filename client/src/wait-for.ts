import { pause } from './deadline.ts';
import { OrderlyError } from './errors.ts';
import type { GetOptions, WaitOptions } from './options.ts';
import { endStatuses, type Order } from './orders.ts';

type GetOrder = (orderId: string, options: GetOptions) => Promise<Order>;

/** The server's longest. */
const WAIT_SECONDS = 20;
/** The server answers at once if too many requests of this token wait already. */
const SHORTEST_POLL_MS = 1_000;
const DEFAULT_UNKNOWN_MS = 30_000;

/**
 * Reads the order by long polls until it has an end status: COMPLETED, FAILED or CANCELLED.
 * @throws OrderlyError `order_not_found` if the order is still unknown after `unknownForMs`
 */
export async function waitFor(
  get: GetOrder,
  orderId: string,
  { signal, unknownForMs = DEFAULT_UNKNOWN_MS }: WaitOptions,
  closed: AbortSignal,
): Promise<Order> {
  const startedAt = performance.now();
  const signals = signal === undefined ? [closed] : [closed, signal];
  let isStored = false;
  for (;;) {
    const polledAt = performance.now();
    const unknownMs = isStored ? Number.POSITIVE_INFINITY : startedAt + unknownForMs - polledAt;
    const waitSeconds = Math.min(Math.max(Math.ceil(unknownMs / 1_000), 0), WAIT_SECONDS);
    const order = await get(orderId, { signal, waitSeconds }).catch((error: unknown) => {
      const isNew = performance.now() - startedAt < unknownForMs;
      if (!(isNew && error instanceof OrderlyError && error.code === 'order_not_found')) {
        throw error;
      }
    });
    isStored ||= order !== undefined;
    if (order !== undefined && endStatuses.has(order.status)) {
      return order;
    }
    await pause(Math.max(0, polledAt + SHORTEST_POLL_MS - performance.now()), signals).catch(() => {}); // the next poll reports an abort
  }
}
