import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { redriveDeadLetters } from '../../../lib/dead-letters/redrive-dead-letters.ts';
import { fulfilmentAttempts } from '../../../lib/fulfilment/fulfilment-attempts.ts';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { awaitWebhook } from '../../../lib/orders/fulfilment-rules.ts';
import { loadOutbox } from '../../../lib/outbox/load-outbox.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { keepExhausted } from '../../support/dead-letters.ts';
import { aRecord } from '../../support/records.ts';

const begin = Date.parse('2026-11-01T12:00:00Z');
const HOUR_MS = 3_600_000;
let now: number;
const clock = (): number => now;
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
beforeEach(async () => {
  now = begin;
  await db.database.query(
    'TRUNCATE orders, order_history_entries, fulfilment_attempts, dead_letters, outbox',
  );
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** Returns the records that redriving the letter sends, as they are delivered. */
async function redrive(id: string): Promise<KafkaRecord[]> {
  const { outboxIds } = await redriveDeadLetters(db.database, { ids: [id] }, 'cli:alice', clock);
  const entries = await loadOutbox(db.database, outboxIds);
  return entries
    .flatMap(({ messages }) => messages)
    .map(({ key, value, ...message }, offset) =>
      aRecord({
        offset: 1_000 + offset,
        key: Buffer.from(key ?? ''),
        value: Buffer.isBuffer(value) ? value : null,
        headers:
          'headers' in message
            ? Object.entries(message.headers).map(([name, text]) => [name, Buffer.from(`${text}`)] as const)
            : [],
      }),
    );
}

const process = (records: readonly KafkaRecord[]) =>
  processBatch(records, orderBatches(db.database, clock), awaitWebhook);

async function orderNow(): Promise<unknown> {
  const { rows } = await db.database.query(
    'SELECT status, version, next_attempt_at, retried_after FROM orders JOIN fulfilment_attempts USING (order_id)',
  );
  return rows[0];
}

/** The receiver does not respond for a day. */
async function abortOther(): Promise<void> {
  const attempts = fulfilmentAttempts(db.database, clock, Math.random);
  for (let call = 0; call < 11; call += 1) {
    now += 3 * HOUR_MS;
    const taken = await attempts.claimDue(10);
    await attempts.write(taken.map((attempt) => ({ attempt, result: { kind: 'retryable', reason: '503' } })));
  }
}

async function letters(): Promise<unknown[]> {
  const { rows } = await db.database.query(
    'SELECT id, code, state, refusals, "offset"::int FROM dead_letters ORDER BY id',
  );
  return rows;
}

test('redriving a letter with exhausted attempts retries its order once, and once more after the next failure', async () => {
  const id = await keepExhausted(db.database, 'order-1', 2);
  const first = await redrive(id);

  await process(first);
  const tried = await orderNow();
  await process(first);
  const twice = await orderNow();
  await abortOther();
  await process(await redrive(id));

  expect(tried).toEqual({
    status: 'PROCESSING',
    version: 3,
    next_attempt_at: new Date(begin),
    retried_after: 10,
  });
  expect(twice).toEqual(tried);
  expect(await orderNow()).toMatchObject({ status: 'PROCESSING', version: 5 });
  expect(await letters()).toMatchObject([{ id, state: 'redriven', refusals: 2 }]);
});

test('an order that a redriven record created can be retried, although its record now has another position', async () => {
  const record = aRecord({ offset: 5 });
  await processBatch([record], orderBatches(db.database, clock), () => {
    throw new Error('a bug');
  });
  const { rows } = await db.database.query<{ id: string }>('SELECT id FROM dead_letters');
  const id = rows[0]?.id ?? '';
  await process(await redrive(id));
  await abortOther();
  const exhausted = await letters();

  await process(await redrive(id));

  expect(exhausted).toEqual([{ id, code: 'attempts_exhausted', state: 'open', refusals: 2, offset: 5 }]);
  expect(await orderNow()).toMatchObject({ status: 'PROCESSING', version: 3 });
});
