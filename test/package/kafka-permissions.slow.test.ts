import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKafkaClient } from '../../lib/kafka/client.ts';
import { mskIam } from '../../lib/kafka/msk-iam.ts';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import { orderFulfilment, orderProcessing, topics } from '../../lib/kafka/topics/topics.ts';
import { insertStatusOutbox } from '../../lib/outbox/sql/outbox.ts';
import { systemClock } from '../../lib/time/clock.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { freshDatabase, type TestDatabase } from '../support/database.ts';
import { keepLetter } from '../support/dead-letters.ts';
import { httpEventFile, scheduledEventFile } from '../support/events.ts';
import { type ChildAnswer, type HandlerProcess, startHandlerProcess } from '../support/handler-process.ts';
import { authority, CERTIFICATES, type IamBroker, startIamBroker } from '../support/iam/iam-broker.ts';
import { distinguished, permit } from '../support/iam/permissions.ts';
import { openAdmin, waitForGroups } from '../support/kafka.ts';
import { PACKAGING_MS, packaged } from '../support/packaged-templates.ts';
import { anOrderJson, aRecord, mskEvent } from '../support/records.ts';
import { storeWaitingOrders } from '../support/waiting-orders.ts';
import { functionNames, grantsOf } from './granted.ts';

/**
 * Runs each function at a broker with exactly the permissions of its role in the template. It must work with all of
 * them, and fail without any one of them.
 */

const SESSION_MS = 15 * 60_000;
const PREFIX_OF_SETUP = 'dev.';

let broker: IamBroker;
let db: TestDatabase;
/** The grants of the role by function. */
let granted: Readonly<Record<string, readonly string[]>>;

beforeAll(async () => {
  [broker, db, granted] = await Promise.all([startIamBroker(SESSION_MS), freshDatabase(), readGrants()]);
  await ensureTopics([broker.open], topics);
  await waitForGroups([broker.open]);
  await using producer = createProducer({ brokers: [broker.open], clientId: 'test' });
  await producer.send('orders', { key: 'k', value: 'for the mapping' });
  await producer.send('orders.status', { key: 'k', value: 'for the mapping' });
}, PACKAGING_MS);

afterAll(async () => {
  await broker[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

async function readGrants(): Promise<typeof granted> {
  const application = (await packaged('application')).template.Resources;
  const setup = (await packaged('setup')).template.Resources;
  return {
    ...Object.fromEntries(functionNames(application).map((name) => [name, grantsOf(application, name)])),
    createTopics: grantsOf(setup, 'createTopics', 'setup-dev'),
  };
}

/** Gives a function new work each time. Returns whether the work was done. */
type Work = (invoke: HandlerProcess['invoke'], output: () => string) => Promise<boolean>;

const isAnswered =
  (status: number, file: string, event: unknown): Work =>
  async (invoke) =>
    statusOf(await invoke(`functions/http/${file}.ts`, event)) === status;

const statusOf = ({ answer }: ChildAnswer): unknown => Object(answer).statusCode;

/** The outbox must be empty at the end, so all its rows are in Kafka. */
const isPublished =
  (file: string, prepare: () => Promise<unknown>): Work =>
  async (invoke) => {
    await db.database.query('TRUNCATE outbox, fulfilment_attempts'); // removes rows of other functions
    const event = await prepare();
    await invoke(`functions/${file}.ts`, event, { remainingMs: 120_000 });
    const { rowCount } = await db.database.query('SELECT FROM outbox');
    return rowCount === 0;
  };

let orders = 0;
const newOrderId = (): string => {
  orders += 1;
  return `order-${orders}`;
};

/** Stores an order whose last attempt is due. The function publishes its final status and creates a dead letter. */
async function exhaustedOrder(): Promise<string> {
  const orderId = newOrderId();
  await storeWaitingOrders(db.database, systemClock, [orderId]);
  await db.database.query(
    `UPDATE fulfilment_attempts SET attempts = 10, waiting_since = now() - interval '2 days', next_attempt_at = now()
     WHERE order_id = $1`,
    [orderId],
  );
  return orderId;
}

/** Stores one outbox row of each kind, old enough for the relay. */
async function leftovers(): Promise<void> {
  const longAgo = systemClock() - 60_000;
  const orderId = newOrderId();
  await storeWaitingOrders(db.database, systemClock, [orderId]);
  await insertStatusOutbox(db.database, [{ orderId, version: 1 }], longAgo);
  const letter = await keepLetter(db.database, { at: longAgo, partition: 1, key: Buffer.from(orderId) });
  await db.database.query(
    `INSERT INTO outbox (created_at, kind, dead_letter_ids, versions)
     VALUES (now() - interval '1 minute', 'redrive', $1, '{NULL}')`,
    [[letter]],
  );
}

const statusEvent = (orderId: string): unknown =>
  mskEvent([
    aRecord({
      topic: 'orders.status',
      key: Buffer.from(orderId),
      value: Buffer.from(
        JSON.stringify({
          ...{ order_id: orderId, customer_id: 'customer-1', version: 1 },
          ...{ status: 'PROCESSING', status_reason: null, at: '2026-11-01T10:00:00Z' },
        }),
      ),
    }),
  ]);

function orderAndPoison(): unknown {
  const orderId = newOrderId();
  const key = Buffer.from(orderId);
  return mskEvent([
    aRecord({ key, offset: 2 * orders, value: anOrderJson({ order_id: orderId }) }),
    aRecord({ key, offset: 2 * orders + 1, value: Buffer.from('no JSON') }),
  ]);
}

const works: Readonly<Record<string, Work>> = {
  health: isAnswered(200, 'health', httpEventFile('health')),
  createOrder: isAnswered(202, 'create-order', httpEventFile('create-order')),
  createOrdersBulk: isAnswered(202, 'create-orders-bulk', httpEventFile('create-orders-bulk')),
  cancelOrder: isAnswered(202, 'cancel-order', httpEventFile('cancel-order')),
  notFound: isAnswered(202, 'not-found', { ...httpEventFile('create-order'), rawPath: '/api/orders/' }),
  processOrders: isPublished('kafka/process-orders', async () => orderAndPoison()),
  fulfilOrders: isPublished('kafka/fulfil-orders', async () => statusEvent(await exhaustedOrder())),
  retryOrders: isPublished('scheduled/retry-orders', exhaustedOrder),
  relayOutbox: isPublished('scheduled/relay-outbox', leftovers),
  publishGauges: async (invoke, output) => {
    await invoke('functions/scheduled/publish-gauges.ts', scheduledEventFile('scheduled'));
    return !output().includes('gauges could not be read');
  },
  metrics: async (invoke) => {
    const { answer } = await invoke('functions/http/metrics.ts', httpEventFile('metrics'));
    return !/^orderly_scrape_success\{.*\} 0$/m.test(String(Object(answer).body));
  },
  createTopics: async (invoke) => {
    await using admin = await openAdmin([broker.open]);
    const own = (await admin.listTopics()).filter((topic) => topic.startsWith(PREFIX_OF_SETUP));
    await admin.deleteTopics({ topics: own });
    const { threw } = await invoke('functions/setup/create-topics.ts', { test: true });
    return threw === undefined;
  },
};

async function isDone(name: string, grants: readonly string[]): Promise<boolean> {
  await permit(broker, name, grants);
  using handlers = startHandlerProcess({
    KAFKA_BROKERS: broker.iam,
    KAFKA_AUTH: 'iam',
    KAFKA_PREFIX: name === 'createTopics' ? PREFIX_OF_SETUP : '',
    DATABASE_URL: db.url,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: name,
    AWS_SECRET_ACCESS_KEY: 'secret',
    NODE_EXTRA_CA_CERTS: join(CERTIFICATES, 'authority.pem'),
    FULFILMENT_URL: `http://${LOCAL_HOST}:${await freePort()}`, // nothing listens there
    FULFILMENT_SECRET: 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0xMjM0NTY=',
  });
  const work = works[name] ?? (() => Promise.reject(new Error(`The test has no work for ${name}.`)));
  return await work(handlers.invoke, handlers.output);
}

const ofMapping = ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup', 'kafka-cluster:ReadData'];

/** Returns the grants that the function's own code uses, without those of Lambda's pollers. */
function ownGrants(name: string): readonly string[] {
  const all = granted[name] ?? [];
  const isRead = (arn = ''): boolean => all.includes(`kafka-cluster:ReadData ${arn}`);
  return all.filter((grant) => {
    const [action = '', arn] = grant.split(' ');
    const isForReading = isRead(arn) && action === 'kafka-cluster:DescribeTopic';
    return !isForReading && !(hasMapping(all) && ofMapping.includes(action));
  });
}

const hasMapping = (grants: readonly string[]): boolean =>
  grants.some((grant) => grant.startsWith('kafka-cluster:ReadData '));

describe('with the permissions of its role in Kafka', () => {
  test.each(Object.keys(works))('%s works, and fails without any one of them', async (name) => {
    const grants = ownGrants(name);
    const needless: string[] = [];
    for (const grant of distinguished(grants)) {
      if (
        await isDone(
          name,
          grants.filter((other) => other !== grant),
        )
      ) {
        needless.push(grant);
      }
    }

    // A busy machine can exceed the time limits of the function.
    const done = (await isDone(name, grants)) || (await isDone(name, grants)) || (await isDone(name, grants));
    expect({ name, done, needless }).toEqual({
      name,
      done: true,
      needless: [],
    });
  });

  test.each([
    ['processOrders', orderProcessing],
    ['fulfilOrders', orderFulfilment],
  ])(
    'the mapping of %s reads its topic in its group, and fails without any one of them',
    async (name, { topic, group }) => {
      const grants = granted[name] ?? [];
      const needless: string[] = [];
      const readable = distinguished(grants).filter((grant) =>
        ofMapping.some((action) => grant.startsWith(action)),
      );
      for (const grant of readable) {
        await permit(
          broker,
          name,
          grants.filter((other) => other !== grant),
        );
        if (await canConsume(name, topic, group)) {
          needless.push(grant);
        }
      }
      await permit(broker, name, grants);

      expect({ done: await canConsume(name, topic, group), needless }).toEqual({ done: true, needless: [] });
    },
  );

  test('every function with permissions in Kafka is tested', () => {
    const inKafka = Object.entries(granted).filter(([, grants]) => distinguished(grants).length > 0);

    expect(inKafka.map(([name]) => name).sort()).toEqual(Object.keys(works).sort());
  });
});

/** Joins the group, reads and commits, as Lambda's pollers do with the role of the function. */
async function canConsume(name: string, topic: string, groupId: string): Promise<boolean> {
  const { bearer } = mskIam({
    region: 'eu-west-1',
    clock: systemClock,
    credentials: async () => ({ accessKeyId: name, secretAccessKey: 'secret' }),
  });
  const client = createKafkaClient({
    brokers: [broker.iam],
    clientId: name,
    requestTimeoutMs: 5_000,
    security: { tls: { ca: authority() }, ...(bearer && { bearer }) },
  });
  const consumer = client.kafka.consumer({ groupId });
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    const ended = Promise.withResolvers<boolean>();
    consumer.on(consumer.events.CRASH, () => ended.resolve(false));
    consumer.on(consumer.events.COMMIT_OFFSETS, () => ended.resolve(true));
    await consumer.run({ eachMessage: async () => undefined });
    return await ended.promise;
  } catch {
    return false;
  } finally {
    await consumer.disconnect();
    client.destroy();
  }
}
