import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../support/invoke-local.ts';
import { freeEnvironment, type RunningStart, startOrderly } from '../support/npm-start.ts';
import { documentedEvents } from './documented-events.ts';

/** The command lines of events/README.md. sample-events.e2e.test.ts checks the effects of their events. */

const commandOf = (name: string): string =>
  documentedEvents.find(({ file }) => file === name)?.command ?? `${name} has no command line`;

describe('invoke local beside the stack', () => {
  let orderly: RunningStart;

  beforeAll(async () => {
    orderly = await startOrderly();
  });
  afterAll(async () => {
    await orderly?.stop();
  });

  test.each(documentedEvents)(
    '$command succeeds with the answer of the page',
    async ({ command, status }) => {
      const invocation = await run(command, orderly.environment);

      expect(invocation).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('Warning') });
      expect(status === undefined ? undefined : invocation.answer().statusCode).toBe(status);
    },
  );

  test('with a batch prints a line with the committed counts', async () => {
    const invocation = await run(commandOf('orders-batch'), orderly.environment);

    expect(invocation.stdout).toContain('process-orders committed');
  });

  test('with prune prints a line with the deleted counts', async () => {
    const invocation = await run(
      'npx serverless invoke local -f prune -p events/scheduled.json',
      orderly.environment,
    );

    expect(invocation.stdout).toContain('prune deleted');
  });
});

describe('invoke local with an event that the function does not support', () => {
  test.each([
    ['no event', '-f createOrder', 'createOrder takes an HTTP event: -p events/create-order.json'],
    ['null', '-f getOrder -d null', 'getOrder takes an HTTP event: -p events/get-order.json'],
    [
      'a batch',
      '-f createOrder -p events/orders-batch.json',
      'createOrder takes an HTTP event: -p events/create-order.json',
    ],
    [
      'a request',
      '-f processOrders -p events/create-order.json',
      'processOrders takes a Kafka event: -p events/orders-batch.json',
    ],
  ])('names the supported event in one line for %s, and exits with 1', async (_case, args, line) => {
    const environment = await freeEnvironment('/nowhere');

    const invocation = await run(`npx serverless invoke local ${args}`, environment);

    expect(invocation.exitCode).toBe(1);
    expect(invocation.stdout.trim()).toBe(`Error:\n${line}`);
    expect(invocation.stderr).not.toMatch(/^\s+at /m);
  });
});

test('invoke local for another stage answers 500, with a log line about missing settings', async () => {
  const environment = await freeEnvironment('/nowhere');

  const invocation = await run(`${commandOf('create-order')} --stage prod`, environment);

  expect(invocation).toMatchObject({ exitCode: 0 });
  expect(invocation.answer()).toMatchObject({ statusCode: 500 });
  expect(invocation.stdout + invocation.stderr).toContain('"code":"invalid_configuration"');
});

describe('invoke local without the stack', () => {
  test.each([
    ['create-order', 'Kafka', 'KAFKA_PORT'],
    ['get-order', 'PostgreSQL', 'POSTGRES_PORT'],
    ['orders-batch', 'PostgreSQL', 'POSTGRES_PORT'],
  ])('%s reports the missing %s and the remedy in one line, and exits with 1', async (name, server, port) => {
    const environment = await freeEnvironment('/nowhere');

    const invocation = await run(commandOf(name), environment);

    expect(invocation.exitCode).toBe(1);
    expect(invocation.stdout.trim()).toBe(
      `Error:\n${server} does not answer at 127.0.0.1:${environment[port]}: start the local stack first, with "npm start" or "npm run stack -- up".`,
    );
    expect(invocation.stderr).not.toMatch(/^\s+at /m);
  });

  test('health answers that both are down', async () => {
    const invocation = await run(commandOf('health'), await freeEnvironment('/nowhere'));

    expect(invocation).toMatchObject({ exitCode: 0 });
    expect(invocation.body()).toMatchObject({
      status: 'unhealthy',
      dependencies: { kafka: { state: 'down' }, database: { state: 'down' } },
    });
  });
});
