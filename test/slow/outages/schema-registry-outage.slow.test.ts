import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { registryRequest } from '../../../lib/schema-registry/registry-request.ts';
import { sendSignal } from '../../../local/process/process-table.ts';
import { type Apicurio, describeWithApicurio, startApicurio } from '../../support/apicurio.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { startHandlerProcess } from '../../support/handler-process.ts';
import { httpEvent } from '../../support/http-event.ts';
import { kafkaClient, readTopic, testBrokers } from '../../support/kafka.ts';
import { type RunningStart, startOrderly } from '../../support/npm-start.ts';
import { ensureOrdersTopic, readOrders } from '../../support/orders-topic.ts';
import { anOrderJson, framed } from '../../support/records.ts';
import { until } from '../../support/until.ts';

const STARTING_MS = 300_000;
/** A look-up takes at most half a second, and the first send of a process some more on a busy machine. */
const ACCEPTED_MS = 5_000;
const ORDER = { customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };

let apicurio: Apicurio;
let orderly: RunningStart;
let database: TestDatabase;

/** The id in the header of a record. Apicurio has no GUIDs. */
const idIn = (header = ''): number => Buffer.from(header).readInt32BE(1);

describeWithApicurio('with Apicurio', () => {
  beforeAll(async () => {
    apicurio = await startApicurio();
    database = await freshDatabase();
    await ensureOrdersTopic();
    orderly = await startOrderly({ SCHEMA_REGISTRY_URL: apicurio.url });
  }, STARTING_MS);

  afterAll(async () => {
    await Promise.all([
      orderly?.stop(),
      database?.[Symbol.asyncDispose](),
      apicurio?.[Symbol.asyncDispose](),
    ]);
  });

  test('npm start registers the schemas; an order and its event carry the ids of theirs, and have plain JSON values', async () => {
    expect(orderly.output()).toContain('Registered the schemas: orders-order-record, ');
    const response = await fetch(`${orderly.apiUrl}/api/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ order_id: 'o-1', ...ORDER }),
    });

    expect(response.status).toBe(202);
    const brokers = [orderly.kafkaBrokers];
    await until('the event', async () => (await readTopic('orders.status', brokers)).length > 0);
    const [record] = await readTopic('orders', brokers);
    const [event] = await readTopic('orders.status', brokers);
    expect(await titleOf(idIn(record?.headers.__value_schema_id))).toBe('order-record');
    expect(await titleOf(idIn(event?.headers.__value_schema_id))).toBe('status-event');
    expect(JSON.parse(record?.value ?? '')).toMatchObject({ order_id: 'o-1' });
    expect(JSON.parse(event?.value ?? '')).toMatchObject({ order_id: 'o-1', status: 'COMPLETED' });
  });

  test('a framed order of another producer completes, and a broken frame becomes a dead letter with its bytes', async () => {
    const producer = kafkaClient([orderly.kafkaBrokers]).producer();
    await producer.connect();
    await producer.send({
      topic: 'orders',
      messages: [
        { key: 'o-2', value: framed(anOrderJson({ order_id: 'o-2' }), 200) },
        { key: 'o-3', value: framed(Buffer.alloc(0), 200) },
      ],
    });
    await producer.disconnect();

    await until('the order is completed', async () => {
      const response = await fetch(`${orderly.apiUrl}/api/orders/o-2`);
      return response.ok && Object(await response.json()).status === 'COMPLETED';
    });
    await until(
      'the dead letter',
      async () => (await readTopic('orders.dlq', [orderly.kafkaBrokers])).length > 0,
    );
    const [letter] = await readTopic('orders.dlq', [orderly.kafkaBrokers]);
    expect(letter).toMatchObject({
      key: 'o-3',
      value: framed(Buffer.alloc(0), 200).toString(),
      headers: { 'dead-letter-code': 'undecodable' },
    });
  });

  test('while the registry is frozen or dead, new processes accept orders without the header, in about half a second', async () => {
    const frozen = await accept('frozen', () => sendSignal(apicurio.pid, 'SIGSTOP'));
    const dead = await accept('dead', () => apicurio.kill());
    const records = await readOrders('outage-');

    process.stdout.write(`accepted in ${frozen} ms while frozen, in ${dead} ms while dead\n`);
    expect(frozen).toBeLessThan(ACCEPTED_MS);
    expect(dead).toBeLessThan(ACCEPTED_MS);
    // A record of a slow acknowledgement is sent twice.
    expect(new Set(records.map(({ key, headers }) => `${key} ${headers.__value_schema_id}`))).toEqual(
      new Set(['outage-dead undefined', 'outage-frozen undefined']),
    );
  });
});

async function titleOf(id: number): Promise<unknown> {
  const answer = Object(
    await registryRequest({ url: apicurio.url, timeoutMs: 10_000 }, 'GET', `/schemas/ids/${id}`),
  );
  return Object(JSON.parse(answer.schema)).title;
}

/** Creates an order in a process that knows no id yet. Returns the milliseconds until its 202. */
async function accept(name: string, breakRegistry: () => void | Promise<void>): Promise<number> {
  await breakRegistry();
  using functions = startHandlerProcess({
    KAFKA_BROKERS: testBrokers().join(),
    DATABASE_URL: database.url,
    SCHEMA_REGISTRY_URL: apicurio.url,
  });
  const order = httpEvent('POST', '/api/orders', JSON.stringify({ order_id: `outage-${name}`, ...ORDER }));
  const { answer, ms, pending } = await functions.invoke('functions/http/create-order.ts', order);
  expect([Object(answer).statusCode, pending]).toEqual([202, []]);
  expect(functions.output()).toContain('The id of a schema could not be looked up');
  return Math.round(ms);
}
