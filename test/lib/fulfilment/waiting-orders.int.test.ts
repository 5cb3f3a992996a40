import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { awaitWebhook } from '../../../lib/orders/fulfilment-rules.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { aCancel, anOrderJson, aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const process = (...records: KafkaRecord[]) =>
  processBatch(
    records,
    orderBatches(db.database, () => now),
    awaitWebhook,
  );

const rows = async (sql: string, ...values: unknown[]) => (await db.database.query(sql, values)).rows;

let offset = 0;
const place = () => ({ offset: offset++, topic: 'orders' });

const aCreate = (orderId: string): KafkaRecord =>
  aRecord({
    ...place(),
    key: Buffer.from(orderId),
    value: anOrderJson({ order_id: orderId }),
    headers: [['traceparent', Buffer.from('00-1')]],
  });

const aRetry = (orderId: string, expectedVersion: number): KafkaRecord =>
  aRecord({
    ...place(),
    key: Buffer.from(orderId),
    value: Buffer.from(JSON.stringify({ order_id: orderId, expected_version: expectedVersion })),
    headers: [['event-type', Buffer.from('order.retry_requested')]],
  });

const waiting = (orderId: string) => rows('SELECT * FROM fulfilment_attempts WHERE order_id = $1', orderId);
const stateOf = async (orderId: string) =>
  (await rows('SELECT status, status_reason, version FROM orders WHERE order_id = $1', orderId))[0];

/** The state after a receiver that never responded. */
async function abortOther(orderId: string): Promise<void> {
  await rows(
    "UPDATE orders SET status = 'FAILED', status_reason = 'attempts exhausted', version = 2 WHERE order_id = $1",
    orderId,
  );
  await rows(
    'UPDATE fulfilment_attempts SET attempts = 12, next_attempt_at = NULL, lease_token = $2 WHERE order_id = $1',
    orderId,
    randomUUID(),
  );
}

describe('an order that waits for its fulfilment by webhook', () => {
  test('is PROCESSING with a due attempt and the record that created it, in the transaction that stores it', async () => {
    const record = aCreate('waits');

    await process(record);

    expect(await stateOf('waits')).toEqual({ status: 'PROCESSING', status_reason: null, version: 1 });
    expect(await waiting('waits')).toMatchObject([
      {
        attempts: 0,
        next_attempt_at: new Date(now),
        waiting_since: new Date(now),
        offset: `${record.offset}`,
        value: record.value,
        headers: Buffer.from(JSON.stringify([['traceparent', Buffer.from('00-1').toString('base64')]])),
      },
    ]);
  });

  test.each([
    ['a retry', (id: string) => aRetry(id, 2)],
    ['a cancel', (id: string) => aCancel(id, place())],
    ['a create that is not valid', (id: string) => ({ ...aCreate(id), value: anOrderJson({ quantity: 0 }) })],
    [
      'a create on which the rules fail',
      (id: string) => ({ ...aCreate(id), value: anOrderJson({ order_id: id, quantity: 13 }) }),
    ],
  ])('keeps the record that created it, even if %s before it has the same event id', async (what, before) => {
    const orderId = what.replaceAll(' ', '-');
    const sameId = (record: KafkaRecord): KafkaRecord => ({
      ...record,
      headers: [...record.headers, ['event-id', Buffer.from('shared')]],
    });
    const create = sameId(aCreate(orderId));

    await processBatch(
      [sameId(before(orderId)), create],
      orderBatches(db.database, () => now),
      ({ quantity }) => {
        if (quantity === 13) {
          throw new Error('unlucky');
        }
        return { status: 'PROCESSING' };
      },
    );

    expect(await waiting(orderId)).toMatchObject([{ offset: `${create.offset}`, value: create.value }]);
  });

  test('has no attempt if it is created and cancelled in one batch', async () => {
    const { outbox } = await process(aCreate('at-once'), aCancel('at-once', place()));

    expect(await stateOf('at-once')).toMatchObject({ status: 'CANCELLED', version: 2 });
    expect(await waiting('at-once')).toEqual([]);
    expect(outbox.flatMap(({ messages }) => messages.map(({ value }) => value))).toMatchObject([
      { order_id: 'at-once', version: 2, status: 'CANCELLED' },
    ]);
  });

  test('has no attempt after it is cancelled', async () => {
    await process(aCreate('cancelled'));

    await process(aCancel('cancelled', place()));

    expect(await stateOf('cancelled')).toMatchObject({ status: 'CANCELLED', version: 2 });
    expect(await waiting('cancelled')).toEqual([]);
  });

  test('cannot be cancelled after the receiver was called', async () => {
    await process(aCreate('called'));
    await rows("UPDATE fulfilment_attempts SET attempts = 1 WHERE order_id = 'called'");

    await process(aCancel('called', place()));

    expect(await stateOf('called')).toMatchObject({ status: 'PROCESSING', version: 1 });
    expect(await waiting('called')).toHaveLength(1);
  });

  test('is stored once and has one attempt when it is delivered again', async () => {
    const record = aCreate('again');
    await process(record);

    const { outbox } = await process(record);

    expect(outbox).toEqual([]);
    expect(await waiting('again')).toHaveLength(1);
  });

  test('is restarted by a retry, with its full number of calls, and not a second time', async () => {
    await process(aCreate('given-up'));
    await abortOther('given-up');
    const retry = aRetry('given-up', 2);

    await process(retry);
    const { outbox } = await process(retry, aRetry('given-up', 2));

    expect(outbox).toEqual([]);
    expect(await stateOf('given-up')).toEqual({ status: 'PROCESSING', status_reason: null, version: 3 });
    expect(await waiting('given-up')).toMatchObject([
      { attempts: 12, retried_after: 12, next_attempt_at: new Date(now), lease_token: null },
    ]);
    expect(
      await rows(
        `SELECT version, status_reason FROM order_status_history
         WHERE order_id = 'given-up' AND event_type = 'order.retry_requested' ORDER BY version`,
      ),
    ).toEqual([
      { version: 3, status_reason: null },
      { version: null, status_reason: 'not retried: the order is at version 3, not 2' },
    ]);
  });
});
