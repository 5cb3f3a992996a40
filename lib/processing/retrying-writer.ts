import { setTimeout as delay } from 'node:timers/promises';
import { OrderlyError } from '../errors/orderly-error.ts';
import type { Clock } from '../time/clock.ts';
import type { BatchWriter } from './batch-writer.ts';

/** A failover takes about so long. Longer than that the records wait in Kafka, where waiting costs nothing. */
const RETRY_WINDOW_MS = 20_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** One transaction of a batch takes milliseconds. What takes longer than this is tried in smaller parts. */
const TRANSACTION_TIMEOUT_MS = 8_000;

export interface RetryPolicy {
  readonly clock: Clock;
  /** Until when everything must be written, in milliseconds since the epoch. */
  readonly deadline: number;
}

/**
 * A writer for one invocation. While the database is away it tries again, for up to 20 s; nothing is begun, and nothing goes
 * on, after that or after the deadline. Then it rejects as the writer does, or with `database_timeout`.
 */
export function retryingWriter(writer: BatchWriter, { clock, deadline }: RetryPolicy): BatchWriter {
  let unavailableSince: number | undefined;
  const timeLeftMs = (): number =>
    Math.min((unavailableSince ?? clock()) + RETRY_WINDOW_MS, deadline) - clock();

  return {
    writeBatch: async (orders, deadLetters, fulfilment) => {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        const begunAt = clock();
        const leftMs = timeLeftMs();
        if (leftMs <= 0) {
          throw new OrderlyError('database_timeout', 'The time for storing the batch is over.');
        }
        try {
          const withinMs = Math.min(TRANSACTION_TIMEOUT_MS, leftMs / 2); // so that there is time for smaller parts
          const written = await writer.writeBatch(orders, deadLetters, fulfilment, withinMs);
          unavailableSince = undefined;
          return written;
        } catch (error) {
          unavailableSince = isRejection(error) ? undefined : (unavailableSince ?? begunAt);
          const isUnavailable = error instanceof OrderlyError && error.code === 'database_unavailable';
          if (!isUnavailable || timeLeftMs() <= pauseMs) {
            throw error;
          }
          await delay(pauseMs);
        }
      }
    },
  };
}

/** A database that refuses something is there. */
const isRejection = (error: unknown): boolean =>
  error instanceof OrderlyError && error.code === 'database_refused';
