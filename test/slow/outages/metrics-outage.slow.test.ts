import { afterAll, beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { ensureDatabase } from '../../../lib/postgres/ensure-database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import type { Server } from '../../../local/process/server-process.ts';
import { type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import { httpEvent } from '../../support/http-event.ts';
import { testBrokers } from '../../support/kafka.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';
import { type OwnServers, ownServers } from '../../support/own-servers.ts';
import { parsePrometheusText } from '../../support/prometheus-parser.ts';
import { until } from '../../support/until.ts';
import { signalTree } from '../integrity/cluster/process-tree.ts';

/** Longer than the gauges are kept. */
const LATER_MS = 5_000;

let servers: OwnServers;
let postgres: Server;
let handlers: HandlerProcess;
let clockAheadMs = 0;

beforeAll(async () => {
  await ensureOrdersTopic();
  servers = ownServers();
  postgres = await servers.startPostgres();
  const url = servers.databaseUrl(postgres, 'orderly');
  await ensureDatabase({ connectionString: url });
  await migrate(url);
  handlers = startHandlerProcess({ KAFKA_BROKERS: testBrokers().join(), DATABASE_URL: url });
});
afterAll(async () => {
  handlers?.[Symbol.dispose]();
  await servers?.[Symbol.asyncDispose]();
});

const answerSchema = z.object({ statusCode: z.number(), body: z.string() });

async function scrape() {
  clockAheadMs += LATER_MS;
  handlers.turnClock(clockAheadMs);
  const { answer, ms, pending } = await handlers.invoke(
    'functions/http/metrics.ts',
    httpEvent('GET', '/api/metrics'),
  );
  const { statusCode, body } = answerSchema.parse(answer);
  const families = parsePrometheusText(body);
  const isRead = Object.fromEntries(
    (families.get('orderly_scrape_success')?.samples ?? []).map(({ labels: { source = '' }, value }) => [
      source,
      value,
    ]),
  );
  return { statusCode, isRead, hasOutbox: families.has('orderly_outbox_rows'), ms, pending };
}

const answered = { statusCode: 200, pending: [] };
const withDatabase = { ...answered, isRead: { database: 1, 'order-processing-group': 1 }, hasOutbox: true };
const withoutDatabase = {
  ...answered,
  isRead: { database: 0, 'order-processing-group': 1 },
  hasOutbox: false,
};

test('while PostgreSQL is frozen and then killed, each scrape answers 200 within 5 s without its gauges, and afterwards with them', async () => {
  // A new broker creates its offsets topic at the first request for a group.
  await until('the group is read', async () => (await scrape()).isRead['order-processing-group'] === 1);
  const before = await scrape();
  signalTree(postgres.pid, 'SIGSTOP');
  const frozen = [await scrape(), await scrape()];
  signalTree(postgres.pid, 'SIGCONT');
  const thawed = await scrape();
  postgres.kill();
  await postgres.ended;
  const killed = [await scrape(), await scrape()];
  postgres = await servers.startPostgres(postgres.port);
  const afterwards = await scrape();

  expect([before, thawed, afterwards]).toMatchObject([withDatabase, withDatabase, withDatabase]);
  for (const scraped of [...frozen, ...killed]) {
    expect(scraped).toMatchObject(withoutDatabase);
    expect(scraped.ms).toBeLessThan(5_000);
  }
});
