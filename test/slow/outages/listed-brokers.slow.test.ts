import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '../../../lib/postgres/database.ts';
import { PROJECT_ROOT } from '../../../local/settings.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { keepLetter } from '../../support/dead-letters.ts';
import { handlerEvents } from '../../support/handler-events.ts';
import { startHandlerProcess } from '../../support/handler-process.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka-cluster.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';

/** The first result of a new process, and how long it took. */
interface FirstAnswer {
  readonly answer: unknown;
  readonly ms: number;
}

let cluster: KafkaCluster;
let db: TestDatabase;
let alive: Readonly<Record<string, FirstAnswer>>;

beforeAll(async () => {
  [cluster, db] = await Promise.all([startKafkaCluster(), freshDatabase()]);
  await ensureOrdersTopic(cluster.brokers);
  alive = await firstAnswers();
});
afterAll(async () => {
  await Promise.all([cluster[Symbol.asyncDispose](), db[Symbol.asyncDispose]()]);
});

const ATTEMPTS = 3;

/** Measured inside their process, because the start of a process depends on the load of the machine. */
const inProcess = ['create-order', 'health', 'publish-gauges'];

/** Runs each program in its own process. */
async function firstAnswers(): Promise<Record<string, FirstAnswer>> {
  const functions = {
    'create-order': invoke('functions/http/create-order.ts'),
    health: invoke('functions/http/health.ts'),
    'publish-gauges': invoke('functions/scheduled/publish-gauges.ts'),
  };
  await Promise.all(Object.values(functions)); // they have time limits, so they do not share the machine with the others
  const programs = {
    ...functions,
    tail: runProgram('ops/tail.ts', 'orders', '--from', 'earliest', '--max', '1'),
    'kafka-lag': runProgram('node_modules/serverless/bin/serverless.js', 'kafka-lag'),
    'dead-letters': redrive(),
  };
  const names = Object.keys(programs);
  const answers = await Promise.all(Object.values(programs));
  return Object.fromEntries(answers.map((answer, index) => [names[index] ?? '', answer]));
}

const environment = () => ({ KAFKA_BROKERS: cluster.brokers.join(), DATABASE_URL: db.url });

async function invoke(file: string): Promise<FirstAnswer> {
  using handlers = startHandlerProcess(environment());
  const { answer, threw, ms } = await handlers.invoke(file, handlerEvents[file]);
  const hasStatus = typeof answer === 'object' && answer !== null && 'statusCode' in answer;
  return { answer: threw ?? (hasStatus ? answer.statusCode : 'returned'), ms };
}

async function runProgram(file: string, ...args: string[]): Promise<FirstAnswer> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [join(PROJECT_ROOT, file), ...args], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, NODE_ENV: '', NODE_OPTIONS: '', ...environment() },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [[exitCode], errors] = await Promise.all([once(child, 'close'), text(child.stderr)]);
  return { answer: exitCode === 0 ? 0 : errors, ms: performance.now() - startedAt };
}

async function redrive(): Promise<FirstAnswer> {
  await using database: Database = createDatabase(db.url);
  const id = await keepLetter(database, { topic: 'orders' });
  return runProgram('ops/dead-letters.ts', 'redrive', id);
}

const outcomes = (answers: Readonly<Record<string, FirstAnswer>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(answers).map(([name, { answer }]) => [name, answer]));

/** Functions that took over a second longer than with all brokers alive. */
const late = (answers: Readonly<Record<string, FirstAnswer>>): (readonly [string, FirstAnswer])[] =>
  Object.entries(answers).filter(
    ([name, { ms }]) => inProcess.includes(name) && ms > (alive[name]?.ms ?? 0) + 1_000,
  );

test('with all listed brokers alive, each program works', () => {
  expect(outcomes(alive)).toEqual({
    'create-order': 202,
    health: 200,
    'publish-gauges': 'returned',
    tail: 0,
    'kafka-lag': 0,
    'dead-letters': 0,
  });
});

test.each([
  ['first', 1, 'dead'],
  ['second', 2, 'dead'],
  ['third', 3, 'dead'],
  ['first', 1, 'frozen'],
  ['second', 2, 'frozen'],
  ['third', 3, 'frozen'],
] as const)(
  'with the %s listed broker (%i) %s, each program works, and a function takes at most a second more than with all alive',
  async (_place, nodeId, state) => {
    const node = cluster.node(nodeId);
    await (state === 'dead' ? node.kill() : node.freeze());
    await cluster.untilFenced(nodeId, 'orders');

    let answers = await firstAnswers();
    for (let attempt = 1; attempt < ATTEMPTS && late(answers).length > 0; attempt += 1) {
      answers = await firstAnswers(); // the machine may have been busy
    }
    await (state === 'dead' ? node.start() : node.thaw());
    await cluster.untilInSync(['orders', '__consumer_offsets']);

    expect(outcomes(answers)).toEqual(outcomes(alive));
    expect(late(answers)).toEqual([]);
  },
  600_000,
);
