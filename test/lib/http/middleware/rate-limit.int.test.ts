import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '../../../../local/process/ports.ts';
import { freshDatabase, queryOnce, type TestDatabase } from '../../../support/database.ts';
import { embeddedMetrics } from '../../../support/embedded-metrics.ts';
import {
  type ChildAnswer,
  type HandlerProcess,
  startHandlerProcess,
} from '../../../support/handler-process.ts';
import { startIssuer, type TestIssuer } from '../../../support/issuer.ts';
import { testBrokers } from '../../../support/kafka.ts';
import { ensureOrdersTopic } from '../../../support/orders-topic.ts';
import {
  anOrder,
  answerOf,
  beginMinute,
  createOrder,
  createOrders,
  type LimitedAnswer,
  type LimitedRequest,
  listOrders,
} from '../../../support/rate-limited.ts';

const LIMIT = 100;
/** More than a busy machine needs until PostgreSQL answers in time. */
const ROUNDS = 10;

let db: TestDatabase;
let issuer: TestIssuer;
/** Two processes that share PostgreSQL, as two execution environments on Lambda do. */
let processes: readonly [HandlerProcess, HandlerProcess];
let minutes = 0;

const environment = () => ({
  KAFKA_BROKERS: testBrokers().join(),
  DATABASE_URL: db.url,
  ...issuer.environment,
});

beforeAll(async () => {
  await ensureOrdersTopic();
  [db, issuer] = await Promise.all([freshDatabase(), startIssuer()]);
  const start = () => startHandlerProcess({ ...environment(), RATE_LIMIT: `${LIMIT}` });
  processes = [start(), start()];
});
afterAll(async () => {
  for (const process of processes) {
    process[Symbol.dispose]();
  }
  await issuer[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const bearer = async (sub: string): Promise<Record<string, string>> => ({
  authorization: `Bearer ${await issuer.token({ sub })}`,
});

/** Begins a minute in which nothing was sent by the principals of the tests. */
async function nextMinute(): Promise<void> {
  minutes += 1;
  const headers = await bearer('warms-up');
  await Promise.all(processes.map((process) => beginMinute(process, minutes, headers)));
}

const send = (request: LimitedRequest): Promise<LimitedAnswer> => answerOf(processes[0], request);

const statuses = (answers: readonly LimitedAnswer[]): number[] => answers.map(({ statusCode }) => statusCode);

const uncheckedRequests = (by: readonly HandlerProcess[]): number =>
  by.flatMap((process) => process.output().match(/rate_limit=unchecked/g) ?? []).length;

/**
 * Sends requests in a new minute. Repeats them in another one if PostgreSQL missed the deadline of 50 ms, as it may on a busy
 * machine: requests that were not checked show nothing about the limit.
 */
async function inNewMinute<Result>(
  requests: () => Promise<Result>,
  begin = nextMinute,
  by: readonly HandlerProcess[] = processes,
): Promise<Result> {
  for (let round = 1; ; round += 1) {
    await begin();
    const before = uncheckedRequests(by);
    const result = await requests();
    if (round === ROUNDS || uncheckedRequests(by) === before) {
      return result;
    }
  }
}

/** Sends 400 orders at once, half of them for each principal and half of them to each process. Returns status counts. */
async function send400(tokens: readonly Record<string, string>[]): Promise<Record<number, number>[]> {
  const counts: [Record<number, number>, Record<number, number>] = [{}, {}];
  await Promise.all(
    Array.from({ length: 400 }, async (_, index) => {
      const process = processes[Math.floor(index / 2) % 2] ?? processes[0];
      const { statusCode } = await answerOf(process, createOrder({ ...tokens[index % 2] }));
      const count = index % 2 === 0 ? counts[0] : counts[1];
      count[statusCode] = (count[statusCode] ?? 0) + 1;
    }),
  );
  return counts;
}

test('of 400 orders that two principals send at once to two processes, each gets its limit accepted', async () => {
  const tokens = await Promise.all([bearer('one'), bearer('two')]);

  const counts = await inNewMinute(() => send400(tokens));

  expect(counts).toHaveLength(2);
  for (const { 202: accepted = 0, 429: rejected = 0 } of counts) {
    expect(accepted).toBeGreaterThanOrEqual(0.95 * LIMIT);
    expect(accepted).toBeLessThanOrEqual(1.05 * LIMIT);
    expect(accepted + rejected).toBe(200);
  }
});

test('the answer above the limit is a retryable problem with the seconds to the next minute, in which requests are accepted', async () => {
  const headers = await bearer('limited');

  const rejected = await inNewMinute(async () => {
    await send(createOrders(new Array(LIMIT).fill(anOrder), headers));
    return send(createOrder(headers));
  });
  const accepted = await inNewMinute(() => send(createOrder(headers)));

  expect(rejected).toMatchObject({
    statusCode: 429,
    headers: {
      'content-type': 'application/problem+json',
      'ratelimit-policy': '"orders";q=100;w=60',
      ratelimit: expect.stringMatching(/^"orders";r=0;t=5\d$/),
      'retry-after': expect.stringMatching(/^5\d$/),
      'x-frame-options': 'DENY',
    },
    body: { status: 429, title: 'Too Many Requests', code: 'rate_limited', limit: 100, remaining: 0 },
  });
  expect(accepted).toMatchObject({
    statusCode: 202,
    headers: {
      'ratelimit-policy': '"orders";q=100;w=60',
      ratelimit: expect.stringMatching(/^"orders";r=99;t=5\d$/),
    },
  });
  expect(accepted.headers).not.toHaveProperty('retry-after');
});

describe('a bulk request', () => {
  test('counts as its orders, and is rejected as a whole when it has more than are left', async () => {
    const headers = await bearer('in-bulk');

    const answers = await inNewMinute(async () => [
      await send(createOrders(new Array(60).fill(anOrder), headers)),
      await send(createOrders(new Array(41).fill(anOrder), headers)),
      await send(createOrders(new Array(40).fill(anOrder), headers)),
      await send(listOrders(headers)),
    ]);

    expect(statuses(answers)).toEqual([202, 429, 202, 429]);
    expect(answers[1]?.body).toMatchObject({
      remaining: 40,
      detail: expect.stringMatching(
        /^The limit is 100 .*40 are left; this request needs 41\. Send it again in 5\d s\.$/,
      ),
    });
  });

  test('with more orders than the limit gets the largest number, and no advice to wait', async () => {
    const headers = await bearer('too-many');

    const answer = await send(createOrders(new Array(101).fill(anOrder), headers));

    expect(answer).toMatchObject({
      statusCode: 400,
      body: {
        code: 'validation_failed',
        detail: expect.stringContaining('Send at most 100 orders in one request.'),
        max_orders: 100,
        errors: [{ path: '', message: 'must have at most 100 orders' }],
      },
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(statuses([await send(createOrders(new Array(100).fill(anOrder), headers))])).toEqual([202]);
  });
});

test('every route counts, also with a slash at its end; rejected orders count, and a body that is not JSON does not', async () => {
  const headers = await bearer('counted');
  const left = async (request: LimitedRequest): Promise<[number, string | undefined]> => {
    const { statusCode, headers: answered } = await send(request);
    return [statusCode, answered.ratelimit?.match(/r=(\d+)/)?.[1]];
  };
  const withSlash = { file: 'not-found', event: { ...listOrders(headers).event } };
  withSlash.event.requestContext.http.path = '/api/orders/';
  const malformed = createOrder(headers);
  malformed.event.body = '{';

  const answers = await inNewMinute(async () => [
    await left(createOrder(headers)),
    await left(listOrders(headers)),
    await left(withSlash),
    await left(createOrders([anOrder, { ...anOrder, quantity: 0 }], headers)),
    await left(createOrders([], headers)),
    await left(malformed),
    await left(createOrder({ authorization: 'Bearer invalid' })),
    await left(listOrders(headers)),
  ]);

  expect(answers).toEqual([
    [202, '99'],
    [200, '98'],
    [200, '97'],
    [400, '95'],
    [400, '94'],
    [400, undefined],
    [401, undefined],
    [200, '93'],
  ]);
});

test('nothing is pending after a request that has leased permits, nor after one that was rejected', async () => {
  const headers = await bearer('pending');
  const others = createOrders(new Array(LIMIT - 1).fill(anOrder), headers);

  const invoke = ({ file, event }: LimitedRequest): Promise<ChildAnswer> =>
    processes[0].invoke(`functions/http/${file}.ts`, event);

  const invocations = await inNewMinute(async () => [
    await invoke(createOrder(headers)),
    await invoke(others),
    await invoke(createOrder(headers)),
  ]);

  expect(invocations).toMatchObject([
    { answer: { statusCode: 202 }, pending: [] },
    { answer: { statusCode: 202 }, pending: [] },
    { answer: { statusCode: 429 }, pending: [] },
  ]);
});

test('an open API limits each source address', async () => {
  using open = startHandlerProcess({
    ...environment(),
    AUTH: 'none',
    RATE_LIMIT: '1',
  });
  const from = (sourceIp: string): LimitedRequest => {
    const request = createOrder();
    request.event.requestContext.http.sourceIp = sourceIp;
    return request;
  };
  const begin = (): Promise<void> => {
    minutes += 1;
    return beginMinute(open, minutes);
  };
  const requests = async (): Promise<LimitedAnswer[]> => [
    await answerOf(open, from('192.0.2.1')),
    await answerOf(open, from('192.0.2.1')),
    await answerOf(open, from('192.0.2.2')),
  ];

  const answers = await inNewMinute(requests, begin, [open]);

  expect(statuses(answers)).toEqual([202, 429, 202]);
});

test('without a limit no permit is leased, and no answer has the headers', async () => {
  const fresh = await freshDatabase();
  await using _closed = fresh;
  using unlimited = startHandlerProcess({ ...environment(), DATABASE_URL: fresh.url, RATE_LIMIT: '' });

  const { statusCode, headers } = await answerOf(unlimited, createOrder(await bearer('unlimited')));

  expect(statusCode).toBe(202);
  expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  expect(await queryOnce(fresh.url, 'SELECT FROM rate_limit_leases')).toEqual([]);
});

test('while PostgreSQL is unavailable orders above the limit are accepted, with one warning a second and a metric', async () => {
  using process = startHandlerProcess({
    ...environment(),
    STAGE: 'test',
    AUTH: 'jwt',
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${await freePort()}/away`,
    RATE_LIMIT: '2',
  });
  const headers = await bearer('unchecked');

  const startedAt = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 50 }, () => answerOf(process, createOrder(headers))),
  );
  const seconds = (performance.now() - startedAt) / 1_000;

  expect(new Set(statuses(answers))).toEqual(new Set([202]));
  const lines = process.output().split('\n');
  const warnings = lines.filter((line) => line.includes('the rate limit could not be checked'));
  const unchecked = lines
    .filter((line) => line.includes('"_aws"'))
    .flatMap((line) => embeddedMetrics(JSON.parse(line)))
    .filter(({ name }) => name === 'UncheckedRequests');
  expect(warnings.length).toBeGreaterThan(0);
  expect(warnings.length).toBeLessThanOrEqual(1 + seconds);
  expect(warnings[0]).toContain('database_unavailable');
  expect(lines.filter((line) => line.includes('"rate_limit":"unchecked"'))).toHaveLength(50);
  expect(unchecked[0]).toMatchObject({ unit: 'Count', dimensions: [{ Stage: 'test' }] });
  expect(unchecked[0]?.values[0]).toBeGreaterThanOrEqual(1);
});
