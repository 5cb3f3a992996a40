import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../clock.ts';
import type { StoredOrder } from './order.ts';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

/**
 * The order once it is as `isAwaited` says, or as it is (`undefined`: not stored yet) after `waitMs`. Asks again
 * and again with growing pauses, so that a waiting client holds no database connection.
 */
export async function awaitOrder(
  find: () => Promise<StoredOrder | undefined>,
  isAwaited: (order: StoredOrder) => boolean,
  waitMs: number,
  clock: Clock,
): Promise<StoredOrder | undefined> {
  const deadline = clock() + waitMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
    const order = await find();
    const leftMs = deadline - clock();
    if ((order !== undefined && isAwaited(order)) || leftMs <= 0) {
      return order;
    }
    await delay(Math.min(pauseMs, leftMs));
  }
}
