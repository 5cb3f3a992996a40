import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { databaseGauges, groupGauges } from '../../../../lib/observability/metrics/metrics.ts';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { produce } from '../../../support/consumer-topics.ts';
import { freshDatabase, type TestDatabase } from '../../../support/database.ts';
import { keepLetter } from '../../../support/dead-letters.ts';
import { type Invocation, invokeOnce } from '../../../support/invoke-once.ts';
import { createTopicsWithLeaders, openAdmin, testBrokers } from '../../../support/kafka.ts';
import { orderIds, storeWaitingOrders } from '../../../support/waiting-orders.ts';

const HOUR_MS = 60 * 60 * 1000;
const prefix = `${randomUUID()}.`;
let db: TestDatabase;

beforeAll(async () => {
  db = await freshDatabase();
  await using admin = await openAdmin();
  await createTopicsWithLeaders(
    admin,
    ...['orders', 'orders.status'].map((topic) => ({ topic: prefix + topic, numPartitions: 2 })),
  );
  // The brokers create their offsets topic at the first request for a group.
  await admin.setOffsets({
    groupId: `${prefix}first`,
    topic: `${prefix}orders`,
    partitions: [{ partition: 0, offset: '0' }],
  });
});
beforeEach(async () => {
  await db.database.query(
    'TRUNCATE orders, order_history_entries, fulfilment_attempts, dead_letters, outbox',
  );
});
afterAll(async () => {
  await db[Symbol.asyncDispose]();
});

const publish = (environment: Record<string, string> = {}): Promise<Invocation> =>
  invokeOnce(
    'functions/scheduled/publish-gauges.ts',
    {},
    {
      STAGE: 'test',
      AUTH: 'none',
      KAFKA_AUTH: 'none',
      KAFKA_PREFIX: prefix,
      KAFKA_BROKERS: testBrokers().join(),
      DATABASE_AUTH: 'password',
      DATABASE_URL: db.url,
      FULFILMENT_URL: 'http://receiver.example/orders',
      FULFILMENT_SECRET: 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0xMjM0NTY=',
      ...environment,
    },
  );

type Values = Readonly<Record<string, unknown>>;

const directive = z.object({
  Namespace: z.literal('Orderly'),
  Dimensions: z.tuple([z.array(z.string())]),
  Metrics: z.array(z.object({ Name: z.string(), Unit: z.string() })),
});
const document = z.looseObject({
  Stage: z.literal('test'),
  _aws: z.object({ Timestamp: z.number(), CloudWatchMetrics: z.array(directive) }),
});

/** Returns the published values with their units: those of the stage, and those of the consumer groups. */
function found({ lines }: Invocation): {
  stage?: Values;
  groups: Readonly<Record<string, Values>>;
  units: Values;
} {
  const directives = lines
    .filter((line) => line.includes('"_aws"'))
    .map((line) => document.parse(JSON.parse(line)))
    .flatMap((members) => members._aws.CloudWatchMetrics.map((one) => ({ ...one, members })));
  const published = directives.map(({ Dimensions: [dimensions], Metrics, members }) => ({
    group: dimensions.join() === 'Stage,ConsumerGroup' ? String(members.ConsumerGroup) : undefined,
    values: Object.fromEntries(Metrics.map(({ Name }) => [Name, members[Name]])),
  }));
  const stage = published.find(({ group }) => group === undefined)?.values;
  return {
    ...(stage && { stage }),
    groups: Object.fromEntries(published.flatMap(({ group, values }) => (group ? [[group, values]] : []))),
    units: Object.fromEntries(
      directives.flatMap(({ Metrics }) => Metrics.map(({ Name, Unit }) => [Name, Unit])),
    ),
  };
}

const nothingWaits = Object.fromEntries(
  Object.keys(databaseGauges).flatMap((name) => (name.startsWith('Database') ? [] : [[name, 0]])),
);

test('every gauge is one metric that CloudWatch understands', async () => {
  const invocation = await publish();

  const { stage, groups, units } = found(invocation);
  const unitsOf = Object.entries({ ...databaseGauges, ...groupGauges }).map(([name, { unit }]) => [
    name,
    unit,
  ]);
  expect(units).toEqual(Object.fromEntries(unitsOf));
  expect(stage).toMatchObject(nothingWaits);
  expect(Object.keys(stage ?? {})).toEqual(Object.keys(databaseGauges));
  for (const group of ['order-processing-group', 'order-fulfilment-group']) {
    expect(Object.keys(groups[group] ?? {})).toEqual(Object.keys(groupGauges));
  }
  expect(invocation.answer).toBe('null');
});

describe('the gauges of PostgreSQL', () => {
  test('connections are counted, also as a percentage of the limit of the server', async () => {
    const { stage } = found(await publish());

    expect(Number(stage?.DatabaseConnections)).toBeGreaterThanOrEqual(1);
    expect(Number(stage?.DatabaseConnectionsUsed)).toBeGreaterThan(0);
    expect(Number(stage?.DatabaseConnectionsUsed)).toBeLessThanOrEqual(100);
  });

  test('open dead letters are counted, and decided ones are not', async () => {
    const ids = [await keepLetter(db.database), await keepLetter(db.database), await keepLetter(db.database)];
    await db.database.query(`UPDATE dead_letters SET state = 'discarded' WHERE id = $1`, [ids[0]]);
    await db.database.query('DELETE FROM outbox');

    const { stage } = found(await publish());

    expect(stage).toMatchObject({ ...nothingWaits, OpenDeadLetters: 2 });
  });

  test('rows of the outbox have an age, and parked rows are counted separately', async () => {
    await db.database.query(
      `INSERT INTO outbox (created_at, kind, order_ids, versions, set_aside_at)
       VALUES (now() - interval '10 minutes', 'order_status', '{a}', '{1}', NULL),
              (now() - interval '1 minute', 'order_status', '{b}', '{1}', NULL),
              (now() - interval '2 hours', 'order_status', '{c}', '{1}', now())`,
    );

    const { stage } = found(await publish());

    expect(stage).toMatchObject({
      ...nothingWaits,
      OutboxRows: 2,
      OutboxAge: expect.any(Number),
      SetAsideOutboxRows: 1,
    });
    expect(Number(stage?.OutboxAge)).toBeGreaterThanOrEqual(600);
    expect(Number(stage?.OutboxAge)).toBeLessThan(720);
  });

  test('orders in PROCESSING are counted, and calls to the receiver that are due have an age', async () => {
    await storeWaitingOrders(db.database, Date.now, orderIds(3));
    await db.database.query(
      `UPDATE fulfilment_attempts SET next_attempt_at =
         CASE order_id WHEN 'order-0000' THEN now() - interval '20 minutes' ELSE now() + interval '1 minute' END`,
    );

    const { stage } = found(await publish());

    expect(stage).toMatchObject({ ProcessingOrders: 3, DueAttempts: 1 });
    expect(Number(stage?.DueAttemptsAge)).toBeGreaterThanOrEqual(1_200);
    expect(Number(stage?.DueAttemptsAge)).toBeLessThan(1_320);
  });
});

test('the gauges of a consumer group are its uncommitted records, the age of the oldest one, and both positions', async () => {
  const at = (ageMs: number): string => String(Date.now() - ageMs);
  await produce(`${prefix}orders`, [
    { partition: 0, value: 'processed', timestamp: at(30 * HOUR_MS) },
    { partition: 0, value: 'waits', timestamp: at(2 * HOUR_MS) },
    { partition: 0, value: 'waits', timestamp: at(HOUR_MS) },
    { partition: 1, value: 'processed', timestamp: at(3 * HOUR_MS) },
  ]);
  await commit(`${prefix}order-processing-group`, `${prefix}orders`, ['1', '1']);

  const { groups } = found(await publish());

  const age = Number(groups['order-processing-group']?.ConsumerLagAge);
  expect(groups['order-processing-group']).toMatchObject({
    ConsumerLag: 2,
    CommittedOffsets: 2,
    EndOffsets: 4,
  });
  expect(age).toBeGreaterThan((2 * 3600 * 15) / 16 - 1);
  expect(age).toBeLessThanOrEqual(2 * 3600 + 60);
  expect(groups['order-fulfilment-group']).toMatchObject({
    ConsumerLag: 0,
    ConsumerLagAge: 0,
    EndOffsets: 0,
  });
});

test('the lag of a group without commits is the whole topic', async () => {
  await produce(`${prefix}orders.status`, [{ value: 'waits', timestamp: String(Date.now() - HOUR_MS) }]);

  const { groups } = found(await publish());

  const { ConsumerLag, ConsumerLagAge } = groups['order-fulfilment-group'] ?? {};
  expect(ConsumerLag).toBe(1);
  expect(Number(ConsumerLagAge)).toBeGreaterThan(3_300);
});

test('the offset of the oldest waiting record stays the same while its partition is stuck, also if other partitions progress', async () => {
  const group = `${prefix}order-processing-group`;
  const topic = `${prefix}orders`;
  const produceAt = (partition: number, ageMs: number): Promise<void> =>
    produce(topic, [{ partition, value: 'waits', timestamp: String(Date.now() - ageMs) }]);
  const oldest = async (committed: readonly [string, string]): Promise<unknown> => {
    await commit(group, topic, committed);
    return found(await publish()).groups['order-processing-group']?.OldestWaitingOffset;
  };
  await produceAt(0, 10 * 60_000); // offset 3: the previous test has written three and one
  await produceAt(1, 5 * 60_000); // offset 1

  expect(await oldest(['3', '1'])).toBe(3);
  await produceAt(1, 1_000); // offset 2
  expect(await oldest(['3', '2'])).toBe(3); // partition 0 is stuck
  expect(await oldest(['4', '2'])).toBe(2);
  expect(await oldest(['4', '3'])).toBe(0); // nothing waits
});

test('without a receiver the fulfilment group has no gauges', async () => {
  const { groups } = found(await publish({ FULFILMENT_URL: '', FULFILMENT_SECRET: '' }));

  expect(Object.keys(groups)).toEqual(['order-processing-group']);
});

test('on a laptop the gauges are one log line with snake_case names', async () => {
  const { lines } = await publish({ STAGE: 'local', LOG_LEVEL: 'debug' });

  const [line = ''] = lines.filter((each) => each.includes('open_dead_letters='));
  expect(line).toMatch(/DEBUG gauges open_dead_letters=\d+ .*set_aside_outbox_rows=\d+/);
  expect(line).toContain('consumer_groups={"order-processing-group":{"consumer_lag":');
  expect(line).not.toMatch(/[A-Z][a-z]+[A-Z]/);
});

test('while PostgreSQL is unavailable its gauges are missing and logged with the error, and those of Kafka are published', async () => {
  const invocation = await publish({
    DATABASE_URL: `postgresql://postgres@${LOCAL_HOST}:${await freePort()}/orderly`,
  });

  const { stage, groups } = found(invocation);
  expect(stage).toBeUndefined();
  expect(Object.keys(groups)).toHaveLength(2);
  expect(invocation.lines.find((line) => line.includes('OpenDeadLetters'))).toMatch(
    /gauges could not be read.*database_unavailable/,
  );
  expect(invocation.answer).toBe('null');
});

test('while Kafka is unavailable its gauges are missing, and those of PostgreSQL are published', async () => {
  const invocation = await publish({ KAFKA_BROKERS: `${LOCAL_HOST}:${await freePort()}` });

  const { stage, groups } = found(invocation);
  expect(stage).toMatchObject({ OpenDeadLetters: 0 });
  expect(groups).toEqual({});
  expect(invocation.lines.join('\n')).toMatch(/gauges could not be read.*ConsumerLag/);
  expect(invocation.answer).toBe('null');
});

async function commit(groupId: string, topic: string, offsets: readonly string[]): Promise<void> {
  await using admin = await openAdmin();
  await admin.setOffsets({
    groupId,
    topic,
    partitions: offsets.map((offset, partition) => ({ partition, offset })),
  });
}
