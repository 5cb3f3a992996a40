import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { produce } from '../support/consumer-topics.ts';
import { testBrokers } from '../support/kafka.ts';
import { until } from '../support/until.ts';

const EXAMPLES = join(PROJECT_ROOT, 'docs/examples');
/** The examples of the page; docs/fulfilment.md has another one. */
const names = readdirSync(EXAMPLES).filter((name) => name !== 'fulfilment-receiver.ts');
const page = readFileSync(join(PROJECT_ROOT, 'docs/kafka-clients.md'), 'utf8');

interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs an example; `interruptAt` sends SIGINT when the output has this text. */
async function run(name: string, interruptAt?: string): Promise<Run> {
  const child = spawn(process.execPath, [join(EXAMPLES, name), ...testBrokers()]);
  const ended = once(child, 'close');
  let out = '';
  let err = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  child.stderr.on('data', (data) => {
    err += data;
  });
  if (interruptAt !== undefined) {
    await until(`${name} says "${interruptAt}"`, () => `${out}${err}`.includes(interruptAt));
    child.kill('SIGINT');
  }
  const [code] = await ended;
  return { code, out, err };
}

test('the page shows each example word for word', () => {
  const shown = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code);
  const files = names.map((name) => readFileSync(join(EXAMPLES, name), 'utf8'));

  expect(shown.toSorted()).toEqual(files.toSorted());
});

test('the page contains the command of each example', () => {
  const commands = [...page.matchAll(/^node docs\/examples\/(\S+) 127\.0\.0\.1:9092/gm)].map(
    ([, name]) => name,
  );

  expect(commands.toSorted()).toEqual(names.toSorted());
});

test('the examples run in the order of the page: one creates the topic, one produces, the others consume', async () => {
  const created = await run('create-payments-topic.ts');
  const createdAgain = await run('create-payments-topic.ts');
  const produced = await run('produce-payments.ts');
  await produce('payments', [{ key: 'order-1', value: null }, { value: '{"amount":"much"}' }]);

  const summed = await run('consume-a-number.ts');
  const listed = await run('consume-in-background.ts', 'payments/0@6 is not a payment');

  expect(created).toEqual({ code: 0, out: 'Created the topic payments.\n', err: '' });
  expect(createdAgain).toMatchObject({ code: 0, out: 'The topic payments already exists.\n' });
  expect(produced).toEqual({ code: 0, out: 'payments/0@0\npayments/0@4\n', err: '' });
  expect(summed).toEqual({ code: 0, out: 'the first three: 89.97\nthe first five: 159.97\n', err: '' });
  expect(listed.code).toBe(0);
  expect(listed.out.split('\n')).toEqual([
    'order-1 paid 59.97 (payment-1)',
    'order-2 paid 10 (no event id)',
    'order-3 paid 20 (no event id)',
    'order-4 paid 30 (no event id)',
    'order-5 paid 40 (no event id)',
    'order-1 was deleted',
    '',
  ]);
});
