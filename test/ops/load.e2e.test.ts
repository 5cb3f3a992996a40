import { beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../local/process/ports.ts';
import { startScript } from '../bench/running-script.ts';
import { queryOnce } from '../support/database.ts';
import { runScript, type SharedStart, sharedStart } from '../support/npm-start.ts';
import { until } from '../support/until.ts';
import { faultless, resultIn } from './load-output.ts';

let orderly: SharedStart;

beforeAll(async () => {
  orderly = await sharedStart();
});

async function load(...args: string[]) {
  const { exitCode, output } = await runScript(['load', '--', ...args], orderly.environment);
  return { exitCode, output };
}

/** Counts the stored orders of load runs. */
async function countStored(): Promise<number> {
  const [row] = await queryOnce(
    orderly.databaseUrl,
    "SELECT count(*)::int AS orders FROM orders WHERE order_id LIKE 'load-%'",
  );
  return Number(row?.orders);
}

test('a run at 50 orders/s for 3 s succeeds: every order is acknowledged, stored once as sent, and COMPLETED', async () => {
  const { exitCode, output } = await load('--rate', '50', '--seconds', '3', '--json');

  const result = resultIn(output);
  const [{ stored, completed } = {}] = await queryOnce(
    orderly.databaseUrl,
    `SELECT count(*)::int AS stored, count(*) FILTER (WHERE status = 'COMPLETED')::int AS completed
     FROM orders WHERE order_id LIKE '${result.prefix}%'`,
  );
  expect({ stored, completed }).toEqual({ stored: 150, completed: 150 });
  expect(result).toMatchObject({
    bulk: null,
    stopped: false,
    sent: 150,
    acknowledged: 150,
    stored: 150,
    errors: {},
  });
  expect(result.verdict).toEqual(faultless);
  expect(result.post_ms.count).toBe(150);
  expect(result.completed_ms.count).toBe(150);
  expect(result.samples.length).toBeGreaterThanOrEqual(2); // every second, after the answer to the one before
  expect(result.samples.some(({ lag }) => lag !== null)).toBe(true);
  expect(exitCode).toBe(0);
});

test('with --bulk each request contains that many orders, and the last one the rest', async () => {
  const { exitCode, output } = await load('--rate', '250', '--seconds', '3', '--bulk', '100', '--json');

  const result = resultIn(output);
  expect(result).toMatchObject({ bulk: 100, sent: 750, acknowledged: 750, stored: 750, errors: {} });
  expect(result.verdict).toEqual(faultless);
  expect(result.post_ms.count).toBe(8);
  expect(exitCode).toBe(0);
});

test('without --json it prints the result for people', async () => {
  const { exitCode, output } = await load('--rate', '20', '--seconds', '1');

  expect(output).toMatch(
    /^The ids of this run's orders begin with load-\w+-\n( +\d+ s {2}sent .+\n)*20 orders\/s for 1 s, one per request/,
  );
  expect(output).toMatch(/POST → COMPLETED +\d+\.\d/);
  expect(output).toContain('OK: all 20 orders are stored once, as sent, and COMPLETED.');
  expect(exitCode).toBe(0);
});

test('a run whose stored order was changed exits with 1 and names the order', async () => {
  await queryOnce(
    orderly.databaseUrl,
    `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN NEW.quantity := NEW.quantity + 100; RETURN NEW; END $$;
     CREATE TRIGGER spoil BEFORE INSERT ON orders FOR EACH ROW
       WHEN (NEW.order_id LIKE 'load-%-00000007') EXECUTE FUNCTION spoil()`,
  );

  const { exitCode, output } = await load('--rate', '20', '--seconds', '1');

  await queryOnce(orderly.databaseUrl, 'DROP TRIGGER spoil ON orders');
  expect(output).toMatch(
    /NOT OK:\n {2}stored wrongly: 1\n {4}load-\w+-00000007 \(quantity is 108 instead of 8\)/,
  );
  expect(exitCode).toBe(1);
});

test('Ctrl-C ends the sending; the sent orders are compared, and the exit code is 130', async () => {
  const before = await countStored();
  const running = startScript(
    ['load', '--', '--rate', '50', '--seconds', '60', '--json'],
    orderly.environment,
  );
  await until('orders are stored', async () => (await countStored()) > before);

  running.signal('SIGINT');
  const exitCode = await running.ended;

  const result = resultIn(running.output.out);
  expect(running.output.err).toMatch(
    /^The ids of .* begin with load-\w+-\n( +\d+ s {2}sent .+\n)*Stopped sending\. Waiting/,
  );
  expect(result.stopped).toBe(true);
  expect(result.sent).toBeGreaterThan(0);
  expect(result.sent).toBeLessThan(3_000);
  expect(result).toMatchObject({ acknowledged: result.sent, stored: result.sent, errors: {} });
  expect(result.verdict).toEqual(faultless);
  expect(exitCode).toBe(130);
});

test('without a running stack it reports the cause in one line', async () => {
  const elsewhere = { ...orderly.environment, API_PORT: `${await freePort()}` };

  const { exitCode, output } = await runScript(['load'], elsewhere);

  expect(output).toBe(
    `The API at http://127.0.0.1:${elsewhere.API_PORT} does not answer: start "npm start" first.\n`,
  );
  expect(exitCode).toBe(1);
});

test('all invalid options are named in one line', async () => {
  const { exitCode, output } = await load('--rate', '0', '--bulk', '1001');

  expect(output).toBe('--rate must be at least 1; --bulk must be at most 1000. See --help.\n');
  expect(exitCode).toBe(1);
});
