import { setTimeout as delay } from 'node:timers/promises';
import { OrderlyError } from '../errors/orderly-error.ts';
import type { Clock } from '../time/clock.ts';
import type { BatchWriter } from './batch-writer.ts';

/** A failover takes about this long. After that, the records wait in Kafka. */
const RETRY_WINDOW_MS = 20_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** A transaction usually takes milliseconds. After this time, the batch is split into smaller parts. */
const TRANSACTION_TIMEOUT_MS = 8_000;

export interface RetryPolicy {
  readonly clock: Clock;
  /** The end of the time for writing, in milliseconds since the epoch. */
  readonly deadline: number;
}

/**
 * Returns a writer for one invocation. It retries for up to 20 s while the database is unavailable, and never after
 * the deadline. Then it rejects with the last error or with `database_timeout`.
 */
export function retryingWriter(writer: BatchWriter, { clock, deadline }: RetryPolicy): BatchWriter {
  let unavailableSince: number | undefined;
  const timeLeftMs = (): number =>
    Math.min((unavailableSince ?? clock()) + RETRY_WINDOW_MS, deadline) - clock();

  return {
    writeBatch: async (orders, deadLetters, fulfilment) => {
      for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
        const begunAt = clock();
        const leftMs = timeLeftMs();
        if (leftMs <= 0) {
          throw new OrderlyError('database_timeout', 'The batch was not stored within its time.');
        }
        try {
          const withinMs = Math.min(TRANSACTION_TIMEOUT_MS, leftMs / 2); // leaves time for smaller parts
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

/** A rejection shows that the database is available. */
const isRejection = (error: unknown): boolean =>
  error instanceof OrderlyError && error.code === 'database_refused';
