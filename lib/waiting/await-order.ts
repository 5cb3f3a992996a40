import { setTimeout as delay } from 'node:timers/promises';
import type { StoredOrder } from '../orders/order.ts';
import type { Clock } from '../time/clock.ts';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 500;

/** Returns a function to call when the wait is over, or undefined if the caller may not wait. */
export type ClaimWait = () => Promise<(() => Promise<void>) | undefined>;

/**
 * Returns the order once `isAwaited` accepts it, or its current state (`undefined`: not stored yet) after `waitMs`, or at
 * once when `claimWait` does not allow the wait. Polls with growing pauses, so that a waiting client holds no database
 * connection.
 */
export async function awaitOrder(
  find: () => Promise<StoredOrder | undefined>,
  isAwaited: (order: StoredOrder) => boolean,
  waitMs: number,
  clock: Clock,
  claimWait: ClaimWait,
): Promise<StoredOrder | undefined> {
  const deadline = clock() + waitMs;
  const isFinished = (order: StoredOrder | undefined): boolean =>
    (order !== undefined && isAwaited(order)) || clock() >= deadline;
  let order = await find();
  if (isFinished(order)) {
    return order;
  }
  const endWait = await claimWait();
  if (endWait === undefined) {
    return order;
  }
  try {
    for (let pauseMs = FIRST_PAUSE_MS; !isFinished(order); pauseMs = Math.min(pauseMs * 1.5, MAX_PAUSE_MS)) {
      await delay(Math.min(pauseMs, Math.max(deadline - clock(), 0)));
      order = await find();
    }
    return order;
  } finally {
    await endWait();
  }
}
