import { beforeAll, expect, test } from '@jest/globals';
import { queryOnce } from '../support/database.ts';
import { run } from '../support/invoke-local.ts';
import { freeEnvironment, type SharedStart, sharedStart } from '../support/npm-start.ts';
import { until } from '../support/until.ts';

/** Each kind of outcome once. invoke-local.slow.test.ts runs every command line of events/README.md. */

let orderly: SharedStart;

beforeAll(async () => {
  orderly = await sharedStart();
});

test('invoke local with a request prints its answer, and npm start processes what it has produced', async () => {
  const invocation = await run(
    'npx serverless invoke local -f createOrdersBulk -p events/create-orders-bulk.json',
    orderly.environment,
  );

  expect(invocation).toMatchObject({ exitCode: 0 });
  expect(invocation.answer()).toMatchObject({ statusCode: 202 });
  expect(invocation.body()).toMatchObject({ accepted: 3, failed: 0 });
  expect(invocation.stderr).not.toContain('Warning');
  await until('the orders are stored', async () => {
    const stored = await queryOnce(
      orderly.databaseUrl,
      "SELECT FROM orders WHERE order_id LIKE 'sample-bulk-%' AND status = 'COMPLETED'",
    );
    return stored.length === 3;
  });
});

test('invoke local with a batch that fails exits with 1', async () => {
  const invocation = await run(
    'npx serverless invoke local -f processOrders -d {"records":{"orders-0":null}}',
    orderly.environment,
  );

  expect(invocation.exitCode).toBe(1);
  expect(invocation.answer()).toMatchObject({ errorType: 'TypeError' });
});

test('invoke local without the stack reports the missing server and the remedy in one line, and exits with 1', async () => {
  const environment = await freeEnvironment('/nowhere');

  const invocation = await run(
    'npx serverless invoke local -f getOrder -p events/get-order.json',
    environment,
  );

  expect(invocation.exitCode).toBe(1);
  expect(invocation.stdout.trim()).toBe(
    `Error:\nPostgreSQL does not answer at 127.0.0.1:${environment.POSTGRES_PORT}: start the local stack first, with "npm start" or "npm run stack -- up".`,
  );
  expect(invocation.stderr).not.toMatch(/^\s+at /m);
});
