import { describe, expect, test } from '@jest/globals';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import type { BatchWriter, WrittenBatch } from '../../../lib/processing/batch-writer.ts';
import { retryingWriter } from '../../../lib/processing/retrying-writer.ts';

const written: WrittenBatch = { created: 1, updated: 0, deadLetters: [], outbox: [] };
const away = new OrderlyError('database_unavailable', 'away');

/** A writer under a clock that only its attempts advance: each fails for `failures` times, and takes this long. */
function setUp({
  failures,
  callMs,
  endsAtMs = 60_000,
  error = away,
}: {
  failures: number;
  callMs: number;
  endsAtMs?: number;
  error?: OrderlyError;
}) {
  let nowMs = 0;
  const allowedMs: (number | undefined)[] = [];
  const writer: BatchWriter = {
    writeBatch: async (_orders, _letters, _fulfilment, withinMs) => {
      allowedMs.push(withinMs);
      nowMs += callMs;
      if (allowedMs.length <= failures) {
        throw error;
      }
      return written;
    },
  };
  const patient = retryingWriter(writer, { clock: () => nowMs, deadline: endsAtMs });
  return { write: () => patient.writeBatch([], [], decideByRules), allowedMs, nowMs: () => nowMs };
}

describe('while the database is unavailable', () => {
  test('a batch is retried until the database is available again', async () => {
    const { write, allowedMs } = setUp({ failures: 3, callMs: 10 });

    expect(await write()).toBe(written);

    expect(allowedMs).toHaveLength(4);
  });

  test('a batch fails after 20 s, and later batches of the same invocation fail at once', async () => {
    const { write, allowedMs, nowMs } = setUp({ failures: Number.POSITIVE_INFINITY, callMs: 4_990 });

    await expect(write()).rejects.toBe(away);
    await expect(write()).rejects.toMatchObject({ code: 'database_unavailable' });
    await expect(write()).rejects.toMatchObject({ code: 'database_timeout' });

    expect(nowMs()).toBeLessThan(30_000);
    expect(allowedMs.length).toBeLessThan(7);
  });

  test('no transaction takes more than half of the remaining time', async () => {
    const { write, allowedMs } = setUp({ failures: Number.POSITIVE_INFINITY, callMs: 900, endsAtMs: 2_000 });

    await expect(write()).rejects.toBe(away);

    expect(allowedMs[0]).toBe(1_000);
    expect(allowedMs[1]).toBe(550);
  });

  test('a successful batch restarts the 20 s', async () => {
    const { write } = setUp({ failures: 1, callMs: 15_000 });

    await write();

    expect(await write()).toBe(written);
  });

  test('a rejection counts as available: finding the bad orders of a batch does not use up the 20 s', async () => {
    const rejected = new OrderlyError('database_refused', 'out of range');
    const { write } = setUp({ failures: 3, callMs: 9_000, error: rejected });

    for (let call = 0; call < 3; call += 1) {
      await expect(write()).rejects.toBe(rejected);
    }

    expect(await write()).toBe(written);
  });
});
