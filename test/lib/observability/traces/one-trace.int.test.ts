import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { redriveDeadLetters } from '../../../../lib/dead-letters/redrive-dead-letters.ts';
import type { KafkaRecord } from '../../../../lib/orders/command.ts';
import { SECRET } from '../../../support/fulfilment-receiver.ts';
import { startHandlerProcess } from '../../../support/handler-process.ts';
import { httpEvent } from '../../../support/http-event.ts';
import { mskEvent } from '../../../support/records.ts';
import {
  FULFIL_ORDERS,
  newOrderId,
  PROCESS_ORDERS,
  RELAY_OUTBOX,
  RETRY_ORDERS,
  startTracedFunctions,
  type TracedFunctions,
} from '../../../support/traced-functions.ts';

let functions: TracedFunctions;

beforeAll(async () => {
  functions = await startTracedFunctions();
});
afterAll(async () => {
  await functions[Symbol.asyncDispose]();
});

const processOrder = async (orderId: string) =>
  functions.deliver(PROCESS_ORDERS, (await functions.recordsOf('orders', orderId)).slice(-1));

const fulfilOrder = async (orderId: string) =>
  functions.deliver(FULFIL_ORDERS, (await functions.recordsOf('orders.status', orderId)).slice(-1));

const headerOf = (record: KafkaRecord | undefined): string | undefined =>
  record?.headers.findLast(([name]) => name === 'traceparent')?.[1].toString();

const accepted = [
  'POST /api/orders (server)',
  '  send orders (producer)',
  '    process order (consumer) → process orders',
  '      INSERT orders (client)',
];

describe('an order', () => {
  test('is one trace through HTTP, Kafka, PostgreSQL and the webhook', async () => {
    const orderId = newOrderId();
    await functions.create(orderId);
    await processOrder(orderId);
    await fulfilOrder(orderId);

    expect(functions.tree(orderId)).toEqual([
      ...accepted,
      '      send orders.status (producer) → process orders',
      '        POST (client) → process orders.status',
      '        send orders.status (producer) → process orders.status',
    ]);
  });

  test('gives its consumers and its receiver the context of the span that sends', async () => {
    const orderId = newOrderId();
    await functions.create(orderId);
    await processOrder(orderId);
    await fulfilOrder(orderId);

    const contexts = functions
      .spansOf(orderId)
      .flatMap(({ name, traceId, spanId }) =>
        name.startsWith('send') || name === 'POST' ? [[name, `00-${traceId}-${spanId}-01`]] : [],
      );
    const [record] = await functions.recordsOf('orders', orderId);
    const events = await functions.recordsOf('orders.status', orderId);
    const call = functions.receiver.calls.find((received) => received.orderId === orderId);
    expect(contexts).toEqual([
      ['send orders', headerOf(record)],
      ['send orders.status', headerOf(events[0])],
      ['POST', call?.headers.traceparent],
      ['send orders.status', headerOf(events[1])],
    ]);
  });

  test('is linked from the run that calls its receiver, by the event that started the run', async () => {
    const orderId = newOrderId();
    await functions.create(orderId);
    await processOrder(orderId);
    await fulfilOrder(orderId);

    const event = functions.spansOf(orderId).find(({ name }) => name === 'send orders.status');
    const call = functions.spansOf(orderId).find(({ name }) => name === 'POST');
    const run = functions.collector.spans().find(({ spanId }) => spanId === call?.links[0]?.spanId);
    expect(run).toMatchObject({
      name: 'process orders.status',
      parentSpanId: '',
      links: [{ traceId: event?.traceId, spanId: event?.spanId }],
    });
  });

  test('stays in its trace when a call fails and a later one succeeds', async () => {
    const orderId = newOrderId();
    await functions.create(orderId);
    await processOrder(orderId);
    functions.receiver.reply = ({ orderId: called }) => ({ status: called === orderId ? 503 : 200 });
    await fulfilOrder(orderId);
    functions.receiver.reply = () => ({ status: 200 });
    await functions.db.database.query('UPDATE fulfilment_attempts SET next_attempt_at = now()');
    await functions.run(RETRY_ORDERS);

    expect(functions.tree(orderId)).toEqual([
      'POST /api/orders (server)',
      '  send orders (producer)',
      '    process order (consumer) → process orders',
      '      INSERT orders (client)',
      '      send orders.status (producer) → process orders',
      '        POST (client) ! retryable → process orders.status',
      '    POST (client) → retry orders',
      '    send orders.status (producer) → retry orders',
    ]);
    const calls = functions.spansOf(orderId).filter(({ name }) => name === 'POST');
    expect(
      calls.map(({ attributes, message }) => [attributes['http.request.resend_count'], message]),
    ).toEqual([
      [undefined, 'the receiver responded with status 503'],
      [1, undefined],
    ]);
  });

  test('stays in its trace when its batch fails and is delivered again', async () => {
    const orderId = newOrderId();
    await functions.create(orderId);
    const { database } = functions.db;
    await database.query('ALTER TABLE orders RENAME TO renamed');
    const { threw } = await processOrder(orderId);
    await database.query('ALTER TABLE renamed RENAME TO orders');
    await processOrder(orderId);

    expect(threw).toBeDefined();
    expect(functions.tree(orderId)).toEqual([
      'POST /api/orders (server)',
      '  send orders (producer)',
      `    process order (consumer) ! ${threw} → process orders`,
      `      INSERT orders (client) ! ${threw}`,
      '    process order (consumer) → process orders',
      '      INSERT orders (client)',
      '      send orders.status (producer) → process orders',
    ]);
  });

  test('stays in its trace as a dead letter and after its redrive', async () => {
    const orderId = newOrderId();
    const { database } = functions.db;
    await functions.create(orderId);
    await database.query(
      `ALTER TABLE orders ADD CONSTRAINT not_this CHECK (order_id <> '${orderId}') NOT VALID`,
    );
    await processOrder(orderId);
    await database.query('ALTER TABLE orders DROP CONSTRAINT not_this');
    const selection = { filter: { key: Buffer.from(orderId) } };
    await redriveDeadLetters(database, selection, 'the test', () => Date.now() - 60_000);
    await functions.run(RELAY_OUTBOX);
    const records = await functions.recordsOf('orders', orderId);
    await processOrder(orderId);

    expect(functions.tree(orderId)).toEqual([
      'POST /api/orders (server)',
      '  send orders (producer)',
      '    process order (consumer) ! database_refused → process orders',
      '      INSERT orders (client) ! database_refused',
      '      INSERT orders (client) ! database_refused', // alone, to find the bad order of a batch
      '    send orders.dlq (producer) → process orders',
      '    send orders (producer) → relay outbox',
      '    process order (consumer) → process orders',
      '      INSERT orders (client)',
      '      send orders.status (producer) → process orders',
    ]);
    expect(records.map(headerOf)).toEqual([headerOf(records[0]), headerOf(records[0])]);
    const [letter] = await functions.recordsOf('orders.dlq', orderId);
    const sent = functions.collector.spans().find(({ spanId }) => headerOf(letter)?.endsWith(`${spanId}-01`));
    expect(sent?.name).toBe('send orders.dlq');
  });

  test('stays in its trace when only the relay publishes its status', async () => {
    const orderId = newOrderId();
    await functions.create(orderId);
    const records = await functions.recordsOf('orders', orderId);
    using withoutKafka = startHandlerProcess({
      STAGE: 'test',
      AUTH: 'none',
      KAFKA_BROKERS: '127.0.0.1:1',
      DATABASE_URL: functions.db.url,
      FULFILMENT_URL: functions.receiver.url,
      FULFILMENT_SECRET: SECRET,
      OTEL_EXPORTER_OTLP_ENDPOINT: functions.collector.url,
    });
    await withoutKafka.invoke(PROCESS_ORDERS, mskEvent(records));
    await functions.db.database.query("UPDATE outbox SET created_at = now() - interval '1 minute'");
    await functions.run(RELAY_OUTBOX);
    await fulfilOrder(orderId);

    expect(functions.tree(orderId)).toEqual([
      ...accepted,
      '      send orders.status (producer) ! kafka_unavailable → process orders',
      '      send orders.status (producer) → relay outbox',
      '        POST (client) → process orders.status',
      '        send orders.status (producer) → process orders.status',
    ]);
  });
});

describe("a caller's traceparent", () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = 'b7ad6b7169203331';

  test('continues with the order if it is sampled', async () => {
    const orderId = newOrderId();
    await functions.create(orderId, { traceparent: `00-${traceId}-${spanId}-01` });
    await processOrder(orderId);

    const spans = functions.spansOf(orderId);
    expect(spans.find(({ kind }) => kind === 'server')).toMatchObject({ traceId, parentSpanId: spanId });
    expect(functions.tree(orderId)).toEqual([
      ...accepted,
      '      send orders.status (producer) → process orders',
    ]);
  });

  test('that is not sampled gives no spans and no headers', async () => {
    const orderId = newOrderId();
    const before = functions.collector.requests.length;
    await functions.create(orderId, { traceparent: `00-${traceId}-${spanId}-00` });
    await processOrder(orderId);
    await fulfilOrder(orderId);

    const [record] = await functions.recordsOf('orders', orderId);
    const events = await functions.recordsOf('orders.status', orderId);
    expect([record, ...events].map(headerOf)).toEqual([undefined, undefined, undefined]);
    expect(functions.spansOf(orderId)).toEqual([]);
    expect(functions.collector.requests.length).toBe(before);
  });

  test.each([
    'garbage',
    `00-${traceId}-${spanId}`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `ff-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01,00-${traceId}-${spanId}-01`,
  ])('that is broken is ignored: %s', async (traceparent) => {
    const orderId = newOrderId();

    await functions.create(orderId, { traceparent });

    expect(functions.tree(orderId)).toEqual(accepted.slice(0, 2));
    const server = functions.spansOf(orderId).find(({ kind }) => kind === 'server');
    expect(server?.parentSpanId).toBe('');
    expect(server?.traceId).not.toBe(traceId);
  });
});

test('a batch has spans of its sampled orders only, and its own span links to the records', async () => {
  const [sampled, unsampled] = [newOrderId(), newOrderId()];
  await functions.create(sampled);
  await functions.create(unsampled, { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` });
  const records = [
    ...(await functions.recordsOf('orders', unsampled)),
    ...(await functions.recordsOf('orders', sampled)),
  ];
  await functions.deliver(PROCESS_ORDERS, records);

  expect(functions.spansOf(unsampled)).toEqual([]);
  const send = functions.spansOf(sampled).find(({ name }) => name === 'send orders');
  const processed = functions.spansOf(sampled).find(({ name }) => name === 'process order');
  const batch = functions.collector.spans().find(({ spanId }) => spanId === processed?.links[0]?.spanId);
  expect(batch).toMatchObject({
    name: 'process orders',
    kind: 'consumer',
    parentSpanId: '',
    links: [{ traceId: send?.traceId, spanId: send?.spanId }],
    attributes: { 'messaging.batch.message_count': 2 },
  });
  expect(batch?.traceId).not.toBe(send?.traceId);
});

test('requests at the same time in one process keep their spans and their log lines apart', async () => {
  const orderIds = Array.from({ length: 8 }, newOrderId);

  await Promise.all(orderIds.map((orderId) => functions.create(orderId)));

  const traces = orderIds.map((orderId) => functions.spansOf(orderId));
  for (const [index, spans] of traces.entries()) {
    expect(functions.tree(orderIds[index] ?? '')).toEqual(accepted.slice(0, 2));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
    const line = functions.handlers
      .output()
      .split('\n')
      .find((text) => text.includes(`"order_id":"${orderIds[index]}"`));
    expect(line).toContain(`"trace_id":"${spans[0]?.traceId}"`);
  }
  expect(new Set(traces.map(([span]) => span?.traceId)).size).toBe(8);
});

test('a bulk of 1,000 orders is one trace, and its batch is one request to the collector', async () => {
  const orderIds = Array.from({ length: 1_000 }, newOrderId);
  const orders = orderIds.map((order_id) => ({
    order_id,
    customer_id: 'customer-1',
    product_id: 'soap',
    quantity: 1,
    price: 2,
  }));
  await functions.handlers.invoke('functions/http/create-orders-bulk.ts', {
    ...httpEvent('POST', '/api/orders/bulk', JSON.stringify(orders)),
    routeKey: 'POST /api/orders/bulk',
  });
  const known = new Set(orderIds);
  const records = (await functions.allRecords('orders')).filter(({ key }) =>
    known.has(key?.toString() ?? ''),
  );
  const before = functions.collector.requests.length;
  await functions.deliver(PROCESS_ORDERS, records);

  const [request, ...others] = functions.collector.requests.slice(before);
  expect(others).toEqual([]);
  expect(request?.bytes).toBeLessThan(4 * 1024 * 1024);
  const spans = functions.collector.spans().slice(-3_002);
  const bulk = functions.collector.spans().find(({ name }) => name === 'POST /api/orders/bulk');
  const count = (name: string) =>
    spans.filter((span) => span.name === name && span.traceId === bulk?.traceId).length;
  expect(['process order', 'INSERT orders', 'send orders.status'].map(count)).toEqual([1_000, 1_000, 1_000]);
  expect(spans.find(({ name }) => name === 'process orders')?.links).toHaveLength(128);
  expect(records.every((record) => headerOf(record)?.includes(bulk?.traceId ?? 'none'))).toBe(true);
});
