import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { redriveDeadLetters } from '../../../lib/dead-letters/redrive-dead-letters.ts';
import { fulfilmentAttempts } from '../../../lib/fulfilment/fulfilment-attempts.ts';
import { claimKey, markProduced } from '../../../lib/idempotency/sql/idempotency-keys.ts';
import { awaitWebhook, decideByRules } from '../../../lib/orders/fulfilment-rules.ts';
import { selectHistory } from '../../../lib/orders/sql/order-history.ts';
import { selectOrder, selectOrdersPage } from '../../../lib/orders/sql/select-orders.ts';
import { relayOutbox } from '../../../lib/outbox/relay-outbox.ts';
import { type ApplicationRole, tablePrivileges } from '../../../lib/postgres/application-role.ts';
import { createDatabase, type Database } from '../../../lib/postgres/database.ts';
import { migrate } from '../../../lib/postgres/migrate.ts';
import { scramVerifier } from '../../../lib/postgres/scram-verifier.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { leasePermits } from '../../../lib/rate-limits/sql/rate-limit-leases.ts';
import { prune } from '../../../lib/retention/prune.ts';
import { emptyDatabase, queryOnce } from '../../support/database.ts';
import { type OwnServers, ownServers } from '../../support/own-servers.ts';
import { aCancel, anOrderJson, aRecord } from '../../support/records.ts';

let now = Date.parse('2026-11-01T12:00:00Z');
const clock = (): number => now;

/** Roles belong to the server, which other tests share. */
const role = { name: `app_${randomUUID().replaceAll('-', '')}` };
let adminUrl: string;
let roleUrl: string;
let database: Database;

beforeAll(async () => {
  adminUrl = await emptyDatabase();
  await migrate(adminUrl, { role });
  roleUrl = asRole(adminUrl, role.name);
  database = createDatabase(roleUrl);
});
afterAll(() => database.close());

function asRole(url: string, name: string): string {
  const changed = new URL(url);
  changed.username = name;
  return changed.toString();
}

const anOrder = (orderId: string) =>
  aRecord({ topic: orderId, key: Buffer.from(orderId), value: anOrderJson({ order_id: orderId }) });

describe('the role of the functions, in a database that was empty', () => {
  test('processes orders, cancels and invalid records, and repeats of them', async () => {
    const records = [
      anOrder('done'),
      aCancel('done', { topic: 'done', offset: 1 }),
      aRecord({ topic: 'poison', value: Buffer.from('no json') }),
    ];

    await processBatch(records, orderBatches(database, clock), decideByRules);
    const repeated = await processBatch(records, orderBatches(database, clock), decideByRules);

    expect(repeated).toMatchObject({ records: 3, created: 0 });
    expect(await selectOrder(database, 'done')).toMatchObject({ status: 'COMPLETED' });
    expect(await selectHistory(database, 'done', 10)).not.toEqual([]);
  });

  test('calls the receiver for waiting orders, and settles them', async () => {
    const attempts = fulfilmentAttempts(database, clock, () => 1);
    await processBatch(
      [anOrder('waits'), anOrder('given-back')],
      orderBatches(database, clock),
      awaitWebhook,
    );
    now += 1_000;

    const taken = await attempts.claimDue(10);
    const [first, second] = taken;
    await attempts.release(second === undefined ? [] : [second]);
    await attempts.write(first === undefined ? [] : [{ attempt: first, result: { kind: 'fulfilled' } }]);

    expect(taken).toHaveLength(2);
    expect(await selectOrder(database, first?.order.orderId ?? '')).toMatchObject({ status: 'COMPLETED' });
  });

  test('stores keys, lists orders, leases permits, redrives letters, relays the outbox and prunes', async () => {
    const owner = { principal: 'p', key: 'k' };
    const fingerprint = Buffer.from('f');
    await claimKey(database, owner, fingerprint, []);
    await claimKey(database, owner, fingerprint, []);
    await markProduced(database, owner, fingerprint);
    await processBatch([anOrder('listed')], orderBatches(database, clock), decideByRules);
    await leasePermits(database, 'p', now, { atLeast: 1, atMost: 1 }, 10);
    await leasePermits(database, 'p', now, { atLeast: 1, atMost: 1 }, 10);
    const { rows } = await database.query<{ id: string }>('SELECT id FROM dead_letters LIMIT 1');

    await redriveDeadLetters(database, { ids: rows.map(({ id }) => id) }, 'test', clock);
    now += 60_000;
    const relayed = await relayOutbox({
      database,
      publish: async (entries) => ({ acknowledged: entries.map(({ id }) => id), rejected: [] }),
      clock,
      timeLeftMs: () => 60_000,
    });
    now += 40 * 24 * 3_600_000;
    const pruned = await prune({ database, clock, timeLeftMs: () => 60_000 });

    expect((await selectOrdersPage(database, {}, undefined, 10)).orders).not.toEqual([]);
    expect(relayed).toMatchObject({ left: 0, parked: [] });
    expect(pruned).toEqual({ idempotencyKeys: 1, deadLetters: 1, rateLimitLeases: 1, done: true });
  });

  test.each([
    'DROP TABLE orders',
    'TRUNCATE outbox',
    'ALTER TABLE orders ADD COLUMN more text',
    'CREATE INDEX more ON orders (quantity)',
    'CREATE TABLE more (id int)',
    'DELETE FROM orders',
    'UPDATE order_history_entries SET status = status',
    'DELETE FROM order_history_entries',
    'SELECT FROM order_history_entries',
    'UPDATE audit_log SET actor = actor',
    'DELETE FROM audit_log',
    'SELECT FROM migrations',
    'INSERT INTO migrations (name, checksum) VALUES ($$a$$, $$b$$)',
    'CREATE ROLE more',
    'COPY orders TO PROGRAM $$cat$$',
  ])('is not allowed: %s', async (statement) => {
    const attempt = queryOnce(roleUrl, statement);

    await expect(attempt).rejects.toMatchObject({ code: '42501' }); // insufficient_privilege
  });

  test('has the time limits that the functions rely on', async () => {
    const shown = await Promise.all(
      ['statement_timeout', 'client_connection_check_interval', 'idle_in_transaction_session_timeout'].map(
        (setting) => queryOnce(roleUrl, `SHOW ${setting}`),
      ),
    );

    expect(shown.flat().flatMap((row) => Object.values(row))).toEqual(['20s', '1s', '15s']);
  });
});

describe('the privileges of the role', () => {
  test('are defined for every table but those of the migrations and behind the view of the history', async () => {
    const tables = await queryOnce(
      adminUrl,
      "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
    );

    const named = [...Object.keys(tablePrivileges), 'migrations', 'order_history_entries'];
    expect(named.sort()).toEqual(tables.map(({ table_name }) => table_name).sort());
  });

  test('are those that the statements in lib use, and no more', () => {
    const directory = 'lib';
    const text = readdirSync(directory, { recursive: true })
      .map(String)
      .filter((file) => file.endsWith('.ts') && !file.endsWith('application-role.ts'))
      .map((file) => readFileSync(join(directory, file), 'utf8'))
      .join('\n');

    const used = Object.fromEntries(
      Object.keys(tablePrivileges).map((table) => [
        table,
        [
          ['SELECT', new RegExp(`(FROM|JOIN) ${table}\\b`)],
          ['INSERT', new RegExp(`INSERT INTO ${table}\\b`)],
          ['UPDATE', new RegExp(`UPDATE ${table}\\b|INSERT INTO ${table}\\b[^\`]*DO UPDATE`)],
          ['DELETE', new RegExp(`DELETE FROM ${table}\\b`)],
        ]
          .filter(([, pattern]) => pattern instanceof RegExp && pattern.test(text))
          .map(([privilege]) => privilege),
      ]),
    );

    expect(used).toEqual(tablePrivileges);
  });

  test('that were added by hand are revoked by the next migration, and nothing else changes', async () => {
    await queryOnce(adminUrl, `GRANT DELETE ON orders TO ${role.name}`);

    await Promise.all([migrate(adminUrl, { role }), migrate(adminUrl, { role })]);

    await expect(queryOnce(roleUrl, 'DELETE FROM orders')).rejects.toMatchObject({ code: '42501' });
    expect(await queryOnce(roleUrl, 'SELECT count(*) > 0 AS some FROM orders')).toEqual([{ some: true }]);
  });
});

test('the migrating role itself is not changed if the functions log in as that role', async () => {
  const url = await emptyDatabase();

  await migrate(url, { role: { name: 'postgres' } });

  expect(
    await queryOnce(
      url,
      "SELECT has_table_privilege('postgres', 'orders', 'UPDATE') AS may, relacl FROM pg_class WHERE relname = 'orders'",
    ),
  ).toEqual([{ may: true, relacl: null }]);
});

test('the verifier of a password equals PostgreSQL’s own', async () => {
  const url = await emptyDatabase();
  const name = `role_${randomUUID().replaceAll('-', '')}`;
  await queryOnce(url, `CREATE ROLE ${name} PASSWORD 'p4ss$word'`);

  const [row] = await queryOnce(url, `SELECT rolpassword FROM pg_authid WHERE rolname = '${name}'`);

  const kept = String(row?.rolpassword);
  const salt = Buffer.from(kept.split(/[$:]/)[2] ?? '', 'base64');
  expect(scramVerifier('p4ss$word', salt)).toBe(kept);
});

describe('on a server with IAM authentication', () => {
  let servers: OwnServers;
  let server: string;

  beforeAll(async () => {
    servers = ownServers();
    const postgres = await servers.startPostgres();
    await servers.trustRoles(postgres);
    server = servers.databaseUrl(postgres, 'postgres');
    await queryOnce(server, 'CREATE ROLE rds_iam');
    await queryOnce(server, 'CREATE ROLE admin LOGIN CREATEROLE CREATEDB');
    await queryOnce(server, 'GRANT rds_iam TO admin WITH ADMIN OPTION');
  });
  afterAll(async () => {
    await servers[Symbol.asyncDispose]();
  });

  /** Returns the URL of a new database of the admin, which is not a superuser. */
  async function stageDatabase(name: string): Promise<string> {
    await queryOnce(asRole(server, 'admin'), `CREATE DATABASE ${name}`);
    const url = new URL(asRole(server, 'admin'));
    url.pathname = `/${name}`;
    return url.toString();
  }

  /** Returns how a role logs in. */
  const loginMethod = (name: string): Promise<Record<string, unknown>[]> =>
    queryOnce(
      server,
      `SELECT pg_has_role('${name}', 'rds_iam', 'MEMBER') AS iam, rolpassword IS NOT NULL AS password FROM pg_authid WHERE rolname = '${name}'`,
    );

  test('an admin without superuser rights creates a role that logs in by IAM, and one with a password', async () => {
    const url = await stageDatabase('own');

    await migrate(url, { role: { name: 'by_iam' } });
    await migrate(url, { role: { name: 'by_iam' } });
    await migrate(url, { role: { name: 'by_secret', password: 'pass' } });
    await migrate(url, { role: { name: 'by_secret', password: 'pass' } });

    expect(await loginMethod('by_iam')).toEqual([{ iam: true, password: false }]);
    expect(await loginMethod('by_secret')).toEqual([{ iam: false, password: true }]);
    expect(await queryOnce(asRole(url, 'by_iam'), 'SELECT FROM orders')).toEqual([]);
    expect(await queryOnce(asRole(url, 'by_secret'), 'SELECT FROM orders')).toEqual([]);
  });

  test.each([
    ['by IAM keeps it when a second stage has a secret', 'first_iam', undefined, 'pass', 'logs in by IAM'],
    [
      'with a secret keeps it when a second stage has IAM',
      'first_secret',
      'pass',
      undefined,
      'with a password',
    ],
  ])(
    'a role that logs in %s, and the error asks for another user',
    async (_what, name, first, second, is) => {
      const stage = await stageDatabase(`${name}_dev`);
      const other = await stageDatabase(`${name}_pr_1`);
      await migrate(stage, { role: roleWith(name, first) });
      const before = await loginMethod(name);

      const migrating = migrate(other, { role: roleWith(name, second) });

      await expect(migrating).rejects.toMatchObject({
        code: 'invalid_configuration',
        message: expect.stringMatching(
          `The role ${name} of this server .*${is}.*Set another user in databaseUrl`,
        ),
      });
      expect(await loginMethod(name)).toEqual(before);
    },
  );

  test('a stage changes from IAM to a secret, or back, with another user; until then the running release can log in', async () => {
    const url = await stageDatabase('changing');
    await migrate(url, { role: { name: 'of_the_release' } });

    await migrate(url, { role: { name: 'of_the_next', password: 'pass' } });

    expect(await loginMethod('of_the_release')).toEqual([{ iam: true, password: false }]);
    expect(await loginMethod('of_the_next')).toEqual([{ iam: false, password: true }]);
    expect(await queryOnce(asRole(url, 'of_the_release'), 'SELECT FROM orders')).toEqual([]);
    expect(await queryOnce(asRole(url, 'of_the_next'), 'SELECT FROM orders')).toEqual([]);
  });

  test('two stages that create the same role at once both succeed', async () => {
    const urls = await Promise.all(['at_once_1', 'at_once_2'].map(stageDatabase));

    await Promise.all(urls.map((url) => migrate(url, { role: { name: 'at_once' } })));

    expect(await loginMethod('at_once')).toEqual([{ iam: true, password: false }]);
    for (const url of urls) {
      expect(await queryOnce(asRole(url, 'at_once'), 'SELECT FROM orders')).toEqual([]);
    }
  });
});

const roleWith = (name: string, password: string | undefined): ApplicationRole => ({
  name,
  ...(password !== undefined && { password }),
});
