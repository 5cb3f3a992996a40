import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KafkaRecord } from '../../../lib/orders/command.ts';
import { decideByRules, type FulfilmentPolicy } from '../../../lib/orders/fulfilment-rules.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { freshDatabase, queryOnce, type TestDatabase } from '../../support/database.ts';
import { aCancel, anOrderJson, aRecord } from '../../support/records.ts';

const now = Date.parse('2026-11-01T12:00:00Z');
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

/** Orders wait for an outcome, as with a webhook. */
const waiting: FulfilmentPolicy = () => ({ status: 'PROCESSING' });

const process = (records: readonly KafkaRecord[], fulfilment: FulfilmentPolicy) =>
  processBatch(
    records,
    orderBatches(db.database, () => now),
    fulfilment,
  );

async function rows(sql: string, ...values: unknown[]): Promise<Record<string, unknown>[]> {
  return (await db.database.query(sql, values)).rows;
}

/** Returns the orders of a run without its name: states, histories, dead letters. */
async function left(run: string): Promise<unknown> {
  const orders = await rows(
    `SELECT substring(order_id FROM '[0-9]+$')::int AS nr, status, status_reason, version,
            (SELECT json_agg(json_build_array(event_type, version, status, status_reason)
                             ORDER BY version NULLS LAST)
             FROM order_status_history h WHERE h.order_id = o.order_id) AS history
     FROM orders o WHERE order_id LIKE $1 || ':%' ORDER BY 1`,
    run,
  );
  const letters = await rows(
    'SELECT "offset", code FROM dead_letters WHERE topic = $1 ORDER BY "offset"',
    run,
  );
  return { orders, letters };
}

/** Each is processed one by one as well, which takes most of the time. */
const ORDERS = 250;

/** Returns a create for each order, each followed by its cancel. */
function createsAndCancels(run: string, orders = ORDERS): KafkaRecord[] {
  return Array.from({ length: orders }, (_, nr) => {
    const orderId = `${run}:${nr}`;
    const place = { topic: run, key: Buffer.from(orderId) };
    return [
      aRecord({ ...place, offset: 2 * nr, value: anOrderJson({ order_id: orderId }) }),
      aCancel(orderId, { ...place, offset: 2 * nr + 1 }),
    ];
  }).flat();
}

const createsOf = (records: readonly KafkaRecord[]): KafkaRecord[] => records.filter((_, at) => at % 2 === 0);
const cancelsOf = (records: readonly KafkaRecord[]): KafkaRecord[] => records.filter((_, at) => at % 2 === 1);
const twice = (batch: readonly KafkaRecord[]): KafkaRecord[][] => [[...batch], [...batch]];

describe.each([
  ['rules, under which every cancel is too late', decideByRules, 'COMPLETED', 1],
  ['orders that stay PROCESSING, so that every cancel wins', waiting, 'CANCELLED', 2],
] as const)(
  '250 orders, each cancelled right after its create, with %s',
  (_name, fulfilment, status, version) => {
    const prefix = fulfilment === waiting ? 'wait' : 'rules';
    let oneByOne: unknown;

    beforeAll(async () => {
      for (const record of createsAndCancels(`${prefix}-single`)) {
        await process([record], fulfilment);
      }
      oneByOne = await left(`${prefix}-single`);
    });

    test(`end ${status} one by one, their histories without gaps or repeats`, () => {
      const history = [
        ['order.created', 1, fulfilment === waiting ? 'PROCESSING' : 'COMPLETED', null],
        fulfilment === waiting
          ? ['order.cancel_requested', 2, 'CANCELLED', 'cancelled on request']
          : ['order.cancel_requested', null, 'COMPLETED', 'too late to cancel: the order is COMPLETED'],
      ];

      expect(oneByOne).toMatchObject({
        orders: Array.from({ length: ORDERS }, (_, nr) => ({ nr, status, version, history })),
        letters: [],
      });
    });

    test.each<[string, string, (records: readonly KafkaRecord[]) => KafkaRecord[][]]>([
      ['in one batch', 'one', (records) => [[...records]]],
      ['in one batch, delivered twice', 'one-twice', (records) => twice(records)],
      [
        'creates in one batch, cancels in a second',
        'two',
        (records) => [createsOf(records), cancelsOf(records)],
      ],
      [
        'in two batches, each delivered twice',
        'two-twice',
        (records) => [...twice(createsOf(records)), ...twice(cancelsOf(records))],
      ],
      [
        'in two batches, and then both again',
        'both-again',
        (records) => [createsOf(records), cancelsOf(records), createsOf(records), cancelsOf(records)],
      ],
      [
        'each record twice within one batch',
        'inside',
        (records) => [records.flatMap((record) => [record, record])],
      ],
      [
        'cut through the middle of a pair',
        'cut',
        (records) => [...twice(records.slice(0, ORDERS - 1)), ...twice(records.slice(ORDERS - 2))],
      ],
    ])('end the same %s', async (_case, run, batchesOf) => {
      const batches = batchesOf(createsAndCancels(`${prefix}-${run}`));

      for (const batch of batches) {
        await process(batch, fulfilment);
      }

      expect(await left(`${prefix}-${run}`)).toEqual(oneByOne);
    });
  },
);

describe('a cancel', () => {
  test('of an order that comes later is one dead letter, and takes no effect when both are delivered again', async () => {
    const cancel = aCancel('early:0', { topic: 'early', offset: 0 });
    const create = aRecord({ topic: 'early', offset: 1, value: anOrderJson({ order_id: 'early:0' }) });
    await process([cancel], waiting);
    await process([create], waiting);
    const before = await left('early');

    await process([cancel, create], waiting);
    await process([cancel], waiting);

    expect(before).toMatchObject({
      orders: [{ status: 'PROCESSING', version: 1 }],
      letters: [{ offset: '0', code: 'order_unknown' }],
    });
    expect(await left('early')).toEqual(before);
  });

  test('with the event id of another customer’s cancel has its own row in the audit log', async () => {
    const [create] = createsAndCancels('shared-id', 1);
    const cancelBy = (customer_id: string, offset: number): KafkaRecord => ({
      ...aCancel('shared-id:0', { eventId: 'shared', offset }),
      value: Buffer.from(JSON.stringify({ order_id: 'shared-id:0', customer_id })),
    });
    const cancels = [cancelBy('customer-2', 1), cancelBy('customer-3', 2)];

    await process([...(create ? [create] : []), ...cancels], waiting);
    await process(cancels, waiting);

    expect(await rows("SELECT actor FROM audit_log WHERE order_id = 'shared-id:0' ORDER BY 1")).toEqual([
      { actor: 'customer-2' },
      { actor: 'customer-3' },
    ]);
  });

  test('by another customer does not change the order and inserts one row in the audit log', async () => {
    const create = aRecord({ topic: 'other', offset: 0, value: anOrderJson({ order_id: 'other:0' }) });
    const cancel = aCancel('other:0', {
      topic: 'other',
      offset: 1,
      value: Buffer.from(JSON.stringify({ order_id: 'other:0', customer_id: 'customer-2' })),
    });

    await process([create, cancel], waiting);
    await process([create, cancel], waiting);

    expect(await left('other')).toMatchObject({
      orders: [{ status: 'PROCESSING', version: 1 }],
      letters: [],
    });
    expect(await rows("SELECT actor, action FROM audit_log WHERE order_id = 'other:0'")).toEqual([
      { actor: 'customer-2', action: 'order.cancel_ignored' },
    ]);
  });

  test('under one event id for two orders is recorded for each of them', async () => {
    const eventId = randomUUID();
    const records = ['twins:0', 'twins:1'].flatMap((orderId, index) => [
      aRecord({ topic: 'twins', offset: 2 * index, value: anOrderJson({ order_id: orderId }) }),
      aCancel(orderId, {
        topic: 'twins',
        offset: 2 * index + 1,
        eventId,
        value: Buffer.from(JSON.stringify({ order_id: orderId, customer_id: 'customer-2' })),
      }),
    ]);

    await process(records, waiting);

    expect(await rows("SELECT order_id FROM audit_log WHERE order_id LIKE 'twins:%' ORDER BY 1")).toEqual([
      { order_id: 'twins:0' },
      { order_id: 'twins:1' },
    ]);
  });

  test('that is a dead letter takes no effect during a create from another partition either', async () => {
    const cancel = aCancel('apart:0', { topic: 'apart', partition: 1, offset: 0 });
    const create = aRecord({ topic: 'apart', offset: 0, value: anOrderJson({ order_id: 'apart:0' }) });

    await process([cancel], waiting);
    await process([create, cancel], waiting);

    expect(await left('apart')).toMatchObject({
      orders: [{ status: 'PROCESSING', version: 1 }],
      letters: [{ code: 'order_unknown' }],
    });
  });

  test('at the position of a dead letter of a topic that was created again is a different command', async () => {
    const cancel = aCancel('anew:0', { topic: 'anew', offset: 0, timestamp: 1 });
    const create = aRecord({ topic: 'anew', offset: 1, value: anOrderJson({ order_id: 'anew:0' }) });
    await process([cancel, create], waiting);

    await process([{ ...cancel, timestamp: 2 }], waiting);

    expect(await left('anew')).toMatchObject({ orders: [{ status: 'CANCELLED', version: 2 }] });
  });

  test('and another of the same orders at the same time: one takes effect, the other is rejected', async () => {
    const records = createsAndCancels('both', 200);
    await process(createsOf(records), waiting);
    const others = cancelsOf(records).map((record) => ({ ...record, partition: 1 }));

    await Promise.all([process(cancelsOf(records), waiting), process(others, waiting)]);

    const history = [
      ['order.created', 1, 'PROCESSING', null],
      ['order.cancel_requested', 2, 'CANCELLED', 'cancelled on request'],
      ['order.cancel_requested', null, 'CANCELLED', 'too late to cancel: the order is CANCELLED'],
    ];
    expect(await left('both')).toMatchObject({
      orders: Array.from({ length: 200 }, () => ({ status: 'CANCELLED', version: 2, history })),
    });
  });

  test('takes the same time after 100,000 rejected cancels', async () => {
    await process(createsAndCancels('many', 1), decideByRules);
    await queryOnce(
      db.url,
      `INSERT INTO order_history_entries (order_id, event_id, event_type, status, at)
       SELECT 'many:0', gen_random_uuid(), 'order.cancel_requested', 'COMPLETED', now()
       FROM generate_series(1, 100000)`,
    );

    const times: number[] = [];
    for (const offset of [2, 3, 4, 5, 6]) {
      const startedAt = performance.now();
      await process([aCancel('many:0', { topic: 'many', offset })], decideByRules);
      times.push(performance.now() - startedAt);
    }

    expect(Math.min(...times)).toBeLessThan(500); // reading the whole history took more than a second
    expect(await rows("SELECT count(*)::int FROM order_status_history WHERE order_id = 'many:0'")).toEqual([
      { count: 100_007 },
    ]);
  });

  test('returns in the summary how many stored orders it changed', async () => {
    const records = createsAndCancels('summary', 3);
    await process(createsOf(records), waiting);

    expect(await process(cancelsOf(records), waiting)).toMatchObject({ created: 0, updated: 3 });
    expect(await process(cancelsOf(records), waiting)).toMatchObject({ created: 0, updated: 0 });
  });
});
