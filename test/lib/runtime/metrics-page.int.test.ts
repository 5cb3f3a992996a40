import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { version } from '../../../lib/config/version.ts';
import { databaseGauges, groupGauges } from '../../../lib/observability/metrics/metrics.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { startTcpProxy, type TcpProxy } from '../../slow/integrity/cluster/tcp-proxy.ts';
import { produce } from '../../support/consumer-topics.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { keepLetter } from '../../support/dead-letters.ts';
import { type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import { httpEvent } from '../../support/http-event.ts';
import { createTopicsWithLeaders, openAdmin, testBrokers } from '../../support/kafka.ts';
import { parsePrometheusText } from '../../support/prometheus-parser.ts';
import { describeWithPromtool, runPromtool } from '../../support/promtool.ts';
import { until } from '../../support/until.ts';

const FILE = 'functions/http/metrics.ts';
const HOUR_MS = 60 * 60 * 1000;
/** Longer than the gauges are kept. */
const LATER_MS = 5_000;
/** Longer than every deadline. */
const FROZEN = { kind: 'latency', ms: 6_000 } as const;
const GROUPS = ['order-processing-group', 'order-fulfilment-group'];
const prefix = `${randomUUID()}.`;

const scope = new AsyncDisposableStack();
let db: TestDatabase;
let proxy: TcpProxy;
/** Reaches PostgreSQL through `proxy`. */
let handlers: HandlerProcess;
let clockAheadMs = 0;

beforeAll(async () => {
  db = scope.use(await freshDatabase());
  const proxied = new URL(db.url);
  proxy = scope.use(await startTcpProxy(Number(proxied.port)));
  proxied.port = `${proxy.port}`;
  await using admin = await openAdmin();
  await createTopicsWithLeaders(
    admin,
    ...['orders', 'orders.status'].map((topic) => ({ topic: prefix + topic, numPartitions: 2 })),
  );
  await produce(`${prefix}orders`, [
    { partition: 0, value: 'processed', timestamp: `${Date.now() - 3 * HOUR_MS}` },
    { partition: 0, value: 'waits', timestamp: `${Date.now() - HOUR_MS}` },
    { partition: 1, value: 'waits', timestamp: `${Date.now() - 2 * HOUR_MS}` },
  ]);
  await admin.setOffsets({
    groupId: `${prefix}order-processing-group`,
    topic: `${prefix}orders`,
    partitions: [
      { partition: 0, offset: '1' },
      { partition: 1, offset: '0' },
    ],
  });
  handlers = scope.use(startHandlers({ DATABASE_URL: proxied.toString() }));
});
beforeEach(() => later(handlers));
afterAll(() => scope.disposeAsync());

const startHandlers = (environment: Readonly<Record<string, string>>): HandlerProcess =>
  startHandlerProcess({
    AUTH: 'none',
    KAFKA_PREFIX: prefix,
    KAFKA_BROKERS: testBrokers().join(),
    DATABASE_URL: db.url,
    FULFILMENT_URL: 'http://receiver.example/orders',
    FULFILMENT_SECRET: 'whsec_c2VjcmV0LW9mLXRoZS10ZXN0cy0xMjM0NTY=',
    ...environment,
  });

/** Moves the clock, so that the next scrape reads again. */
function later(process: HandlerProcess): void {
  clockAheadMs += LATER_MS;
  process.turnClock(clockAheadMs);
}

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});

async function scrape(by = handlers) {
  const { answer, ms, pending } = await by.invoke(FILE, httpEvent('GET', '/api/metrics'));
  expect(pending).toEqual([]);
  const { statusCode, headers, body } = answerSchema.parse(answer);
  return { statusCode, headers, body, ms, families: parsePrometheusText(body) };
}

type Scraped = Awaited<ReturnType<typeof scrape>>;

/** Returns the values of a metric by one of its labels; by '' if it has none. */
const valuesOf = ({ families }: Scraped, name: string, label = ''): Record<string, number> =>
  Object.fromEntries(
    (families.get(name)?.samples ?? []).map(({ labels, value }) => [labels[label] ?? '', value]),
  );

const isRead = (scraped: Scraped): Record<string, number> =>
  valuesOf(scraped, 'orderly_scrape_success', 'source');

const everySourceIs = (value: number): Record<string, number> =>
  Object.fromEntries(['database', ...GROUPS].map((source) => [source, value]));

/** Scrapes until every source was read. A scrape waits 1.5 s for PostgreSQL, and a busy machine may need longer. */
async function scrapeFully(by = handlers): Promise<Scraped> {
  let scraped = await scrape(by);
  await until('every source is read', async () => {
    const isFull = Object.values(isRead(scraped)).every((value) => value === 1);
    if (!isFull) {
      later(by);
      scraped = await scrape(by);
    }
    return isFull;
  });
  return scraped;
}

test('a scrape has every gauge of the table with its type and help, and how the sources were read', async () => {
  const scraped = await scrapeFully();

  expect(scraped).toMatchObject({
    statusCode: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8', 'cache-control': 'no-store' },
  });
  for (const { prometheus, help, labels } of Object.values({ ...databaseGauges, ...groupGauges })) {
    expect(scraped.families.get(prometheus)).toMatchObject({ help, type: 'gauge' });
    expect(scraped.families.get(prometheus)?.samples).toHaveLength(labels.length === 0 ? 1 : GROUPS.length);
  }
  expect(isRead(scraped)).toEqual(everySourceIs(1));
  for (const seconds of Object.values(valuesOf(scraped, 'orderly_scrape_duration_seconds', 'source'))) {
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(5);
  }
  expect(valuesOf(scraped, 'orderly_build_info', 'version')).toEqual({ [version]: 1 });
});

test('the gauges have the values of PostgreSQL and Kafka, in base units', async () => {
  await keepLetter(db.database);
  await db.database.query('DELETE FROM outbox');
  await db.database.query(
    `INSERT INTO outbox (created_at, kind, order_ids, versions) VALUES (now(), 'order_status', '{a}', '{1}')`,
  );

  const scraped = await scrapeFully();

  expect(valuesOf(scraped, 'orderly_dead_letters_open')).toEqual({ '': 1 });
  expect(valuesOf(scraped, 'orderly_outbox_rows')).toEqual({ '': 1 });
  const ratio = valuesOf(scraped, 'orderly_database_connections_used_ratio')[''] ?? 0;
  expect(ratio).toBeGreaterThan(0);
  expect(ratio).toBeLessThanOrEqual(1);
  const lag = valuesOf(scraped, 'orderly_consumer_lag_records', 'consumer_group');
  expect(lag).toEqual({ 'order-processing-group': 2, 'order-fulfilment-group': 0 });
  const age = valuesOf(scraped, 'orderly_consumer_lag_age_seconds', 'consumer_group');
  expect(age['order-processing-group']).toBeGreaterThan((7_200 * 15) / 16);
  expect(age['order-processing-group']).toBeLessThan(7_200 + clockAheadMs / 1_000 + 60);
});

test('scrapes within 5 s of each other read once', async () => {
  const before = valuesOf(await scrapeFully(), 'orderly_dead_letters_open');
  await keepLetter(db.database);

  const cached = valuesOf(await scrape(), 'orderly_dead_letters_open');
  later(handlers);
  const fresh = valuesOf(await scrapeFully(), 'orderly_dead_letters_open');

  expect(cached).toEqual(before);
  expect(fresh['']).toBe((before[''] ?? Number.NaN) + 1);
});

test('without a receiver the fulfilment group is not a source', async () => {
  using withoutReceiver = startHandlers({ FULFILMENT_URL: '', FULFILMENT_SECRET: '' });

  expect(isRead(await scrapeFully(withoutReceiver))).toEqual({ database: 1, 'order-processing-group': 1 });
});

test('on a stage on AWS there are no counters and histograms, and on a laptop they are there', async () => {
  using onAws = startHandlers({ STAGE: 'test', KAFKA_AUTH: 'none', DATABASE_AUTH: 'password' });

  const types = ({ families }: Scraped): string[] => [
    ...new Set([...families.values()].map(({ type }) => type)),
  ];

  expect(types(await scrape(onAws))).toEqual(['gauge']);
  expect(types(await scrape()).sort()).toEqual(['counter', 'gauge', 'histogram']);
});

describe('a source that fails has no gauges, and the answer is still 200', () => {
  const gaugesOf = ({ families }: Scraped, table: typeof databaseGauges | typeof groupGauges): string[] =>
    Object.values(table).flatMap(({ prometheus }) => (families.has(prometheus) ? [prometheus] : []));

  test('while PostgreSQL is frozen, within 5 s and with or without a connection', async () => {
    await scrape(); // opens the connection
    const frozen = proxy.begin(FROZEN);
    later(handlers);
    const withConnection = await scrape();
    later(handlers);
    const withoutConnection = await scrape();
    frozen.end();
    later(handlers);
    const afterwards = await scrapeFully();

    for (const scraped of [withConnection, withoutConnection]) {
      expect(isRead(scraped)).toEqual({ ...everySourceIs(1), database: 0 });
      expect(scraped.statusCode).toBe(200);
      expect(scraped.ms).toBeLessThan(5_000);
      expect(gaugesOf(scraped, databaseGauges)).toEqual([]);
      expect(gaugesOf(scraped, groupGauges)).not.toEqual([]);
    }
    expect(isRead(afterwards)).toEqual(everySourceIs(1));
    expect(handlers.output()).toMatch(
      /WARN .*gauges could not be read for a scrape source=database error=.*database/i,
    );
  });

  test('while PostgreSQL rejects connections', async () => {
    using elsewhere = startHandlers({
      DATABASE_URL: `postgresql://postgres@${LOCAL_HOST}:${await freePort()}/orderly`,
    });

    expect(isRead(await scrape(elsewhere))).toEqual({ ...everySourceIs(1), database: 0 });
  });

  test('while a table is missing', async () => {
    await using other = await freshDatabase();
    await other.database.query('DROP TABLE outbox');
    using incomplete = startHandlers({ DATABASE_URL: other.url });

    const scraped = await scrape(incomplete);

    expect(isRead(scraped)).toEqual({ ...everySourceIs(1), database: 0 });
    expect(gaugesOf(scraped, databaseGauges)).toEqual([]);
  });

  test.each([
    ['is unavailable', freePort],
    ['does not answer', mutePort],
  ])('while Kafka %s', async (_how, portOf) => {
    using elsewhere = startHandlers({ KAFKA_BROKERS: `${LOCAL_HOST}:${await portOf()}` });

    const scraped = await scrape(elsewhere);

    expect(isRead(scraped)).toEqual({ ...everySourceIs(0), database: 1 });
    expect(scraped.ms).toBeLessThan(9_000); // Prometheus waits for 10 s
    expect(gaugesOf(scraped, groupGauges)).toEqual([]);
    expect(gaugesOf(scraped, databaseGauges)).not.toEqual([]);
  });
});

/** Returns a port that accepts connections and never answers. */
async function mutePort(): Promise<number> {
  const server = scope.adopt(net.createServer(), (open) => void open.close());
  server.listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

describeWithPromtool('a real scrape', () => {
  test('is accepted by "promtool check metrics" without a complaint', async () => {
    const { body } = await scrape();

    expect(runPromtool(['check', 'metrics'], body)).toEqual({ exitCode: 0, output: '' });
  });
});
