import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { type ClientOptions, createClient } from '../../client/src/index.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { accept, accepted, failureOf, impatient, order } from './failing-calls.ts';
import {
  answerText,
  type Behaviour,
  cutChunks,
  halfAnAnswer,
  hang,
  json,
  problem,
  type ReceivedRequest,
  reset,
  slowDrip,
  startUnreliableServer,
} from './unreliable-server.ts';

/** Only a server that never ends its answer meets a short time: others may be slow on a busy machine. */
const timesFor = (code: string): Partial<ClientOptions> =>
  code === 'timeout' ? { attemptTimeoutMs: 1_000 } : {};

const keysOf = (received: readonly ReceivedRequest[]): unknown[] =>
  received.map(({ headers }) => headers['idempotency-key']);

const html = '<html><h1>502 Bad Gateway</h1></html>';

/** Failures that may pass, with the code and the status with which a call ends that meets no other answer. */
const passing: [what: string, behaviour: Behaviour, code: string, status: number | undefined][] = [
  [
    'a 503 with Retry-After',
    problem(503, 'kafka_unavailable', {}, { 'retry-after': '0' }),
    'kafka_unavailable',
    503,
  ],
  ['a 429 of API Gateway', json(429, { message: 'Too Many Requests' }), 'http_error', 429],
  ['a 408 without a body', answerText(408, ''), 'http_error', 408],
  ['a 502 with HTML', answerText(502, html, { 'content-type': 'text/html' }), 'http_error', 502],
  ['a 504 with half a problem', answerText(504, '{"type":"about:bl'), 'http_error', 504],
  ['a connection that is reset', reset, 'network_error', undefined],
  ['half an answer', halfAnAnswer, 'network_error', undefined],
  ['chunks that are cut', cutChunks, 'network_error', undefined],
  ['broken JSON with 202', answerText(202, '{"order_id":"o-1"'), 'invalid_response', 202],
  ['a page of another server with 200', answerText(200, html), 'invalid_response', 200],
  ['another answer with 202', json(202, { orders: [] }), 'invalid_response', 202],
  ['no answer', hang, 'timeout', undefined],
  ['an answer that drips', slowDrip, 'timeout', undefined],
];

describe.each(passing)('%s', (_what, behaviour, code, status) => {
  test('is retried under the same Idempotency-Key', async () => {
    await using server = await startUnreliableServer(behaviour, accept);
    await using client = impatient(server.url, timesFor(code));

    expect(await client.create(order)).toEqual(accepted);
    expect(keysOf(server.received)).toHaveLength(2);
    expect(new Set(keysOf(server.received))).toEqual(new Set([expect.stringMatching(/^[0-9a-f-]{36}$/)]));
    expect(new Set(server.received.map(({ body }) => body))).toEqual(new Set([JSON.stringify(order)]));
  });

  test('ends the call after the last attempt, with an error that has the key', async () => {
    await using server = await startUnreliableServer(behaviour);
    await using client = impatient(server.url, timesFor(code));

    const error = await failureOf(client.create({ ...order, order_id: 'o-1' }));

    expect(error).toMatchObject({ name: 'OrderlyError', code, status, retryable: true, orderId: 'o-1' });
    expect(keysOf(server.received)).toEqual(Array(3).fill(error.idempotencyKey));
    expect(error.message).toMatch(/^POST \/api\/orders failed after 3 attempts: /);
    expect(error.message.includes('The write may have taken effect')).toBe(![408, 429].includes(status ?? 0));
  });

  test('of a write without a key is not retried, because it could take effect twice', async () => {
    await using server = await startUnreliableServer(behaviour, accept);
    await using client = impatient(server.url, timesFor(code));

    expect(await failureOf(client.create(order, { idempotencyKey: false }))).toMatchObject({ code });
    expect(keysOf(server.received)).toEqual([undefined]);
  });
});

describe('is not retried:', () => {
  test.each<[what: string, behaviour: Behaviour, expected: object]>([
    [
      'a 400, whose faults are in the error',
      problem(400, 'validation_failed', { errors: [{ path: 'quantity', message: 'must be at least 1' }, 7] }),
      {
        code: 'validation_failed',
        status: 400,
        requestId: 'r-1',
        retryable: false,
        errors: [{ path: 'quantity', message: 'must be at least 1' }],
        message:
          'POST /api/orders failed: 400 validation_failed: A detail. Faults: quantity must be at least 1. Request r-1.',
      },
    ],
    ['a 401', problem(401, 'unauthenticated'), { code: 'unauthenticated', status: 401 }],
    ['a 500', problem(500, 'internal_error'), { code: 'internal_error', status: 500 }],
    ['a code of a newer server', problem(409, 'too_new'), { code: 'too_new', status: 409, retryable: false }],
    [
      'a redirect, because a POST would become a GET',
      answerText(302, '', { location: 'https://other.example.invalid/' }),
      { code: 'http_error', status: 302, message: expect.stringContaining('https://other.example.invalid/') },
    ],
  ])('%s', async (_what, behaviour, expected) => {
    await using server = await startUnreliableServer(behaviour, accept);
    await using client = impatient(server.url);

    expect(await failureOf(client.create(order))).toMatchObject(expected);
    expect(server.received).toHaveLength(1);
  });
});

test('a server that does not listen is a network_error that names the address', async () => {
  const url = `http://${LOCAL_HOST}:${await freePort()}`;
  await using client = impatient(url);

  const error = await failureOf(client.create(order));

  expect(error).toMatchObject({ code: 'network_error', retryable: true, cause: { message: 'fetch failed' } });
  expect(error.message).toContain(`No complete answer from ${url}: fetch failed (connect ECONNREFUSED`);
});

test('the order id of a kafka_unavailable stays in the error, so that the caller can repeat the order', async () => {
  await using server = await startUnreliableServer(problem(503, 'kafka_unavailable', { order_id: 'o-7' }));
  await using client = impatient(server.url);

  expect(await failureOf(client.create(order))).toMatchObject({ code: 'kafka_unavailable', orderId: 'o-7' });
});

describe('Retry-After', () => {
  test('delays the next attempt by its seconds', async () => {
    await using server = await startUnreliableServer(
      problem(503, 'database_unavailable', {}, { 'retry-after': '1' }),
      json(200, { ...accepted, status: 'COMPLETED' }),
    );
    await using client = impatient(server.url);

    await client.get('o-1');

    const [first, second] = server.received.map(({ atMs }) => atMs);
    expect(Number(second) - Number(first)).toBeGreaterThan(990);
  });

  test('ends the call at once if the call’s time would not suffice, and is in the error', async () => {
    await using server = await startUnreliableServer(
      problem(503, 'database_unavailable', {}, { 'retry-after': '30' }),
    );
    await using client = impatient(server.url, { timeoutMs: 5_000 });

    expect(await failureOf(client.get('o-1'))).toMatchObject({ retryAfterMs: 30_000 });
    expect(server.received).toHaveLength(1);
  });
});

describe('timeoutMs', () => {
  test('bounds a call with all its attempts', async () => {
    await using server = await startUnreliableServer(hang);
    await using client = impatient(server.url, {
      attemptTimeoutMs: 100,
      retry: { attempts: 1_000, baseMs: 1 },
    });
    const startedAt = performance.now();

    const error = await failureOf(client.create(order, { timeoutMs: 1_500 }));

    expect(error.code).toBe('timeout');
    expect(performance.now() - startedAt).toBeLessThan(30_000); // all attempts would take 100 s
    expect(server.received.length).toBeGreaterThan(1);
  });

  test('sends nothing after the deadline, even if the program was too busy to wake up before it', async () => {
    let sent = 0;
    await using client = impatient('', {
      timeoutMs: 60,
      retry: { baseMs: 20 },
      fetch: () => {
        sent += 1;
        setImmediate(() => {
          const wokenAt = performance.now() + 100;
          while (performance.now() < wokenAt) {}
        });
        return Promise.reject(new Error('The connection is refused.'));
      },
    });

    expect(await failureOf(client.create(order))).toMatchObject({ code: 'network_error' });
    expect(sent).toBe(1);
  });

  test('does not include the time for which the server waits: a long poll has its seconds on top', async () => {
    await using server = await startUnreliableServer(
      (response, request) =>
        void setTimeout(() => json(200, { ...accepted, status: 'COMPLETED' })(response, request), 300),
    );
    await using client = impatient(server.url, { attemptTimeoutMs: 200 });

    await expect(client.get('o-1', { waitSeconds: 5 })).resolves.toMatchObject({ status: 'COMPLETED' });
    expect(server.received.map(({ path }) => path)).toEqual(['/api/orders/o-1?wait=5']);
  });
});

describe('a call is aborted', () => {
  test.each<[when: string, behaviour: Behaviour]>([
    ['while it waits for the answer', hang],
    ['while it pauses', problem(503, 'kafka_unavailable', {}, { 'retry-after': '30' })],
  ])('by its signal %s', async (_when, behaviour) => {
    const reason = new Error('The user has left.');
    const controller = new AbortController();
    await using server = await startUnreliableServer((response, request) => {
      behaviour(response, request);
      setTimeout(() => controller.abort(reason), 100);
    });
    await using client = impatient(server.url, { attemptTimeoutMs: 30_000 });

    const error = await failureOf(client.create(order, { signal: controller.signal }));

    expect(error).toMatchObject({ code: 'aborted', cause: reason, retryable: false });
    expect(error.message).toContain('The user has left.');
    expect(server.received).toHaveLength(1);
  });

  test('by a signal that has no listener afterwards, so that one signal can serve any number of calls', async () => {
    await using server = await startUnreliableServer(problem(503, 'kafka_unavailable'), accept, hang);
    await using client = impatient(server.url);
    const { signal } = new AbortController();

    await client.create(order, { signal });
    await failureOf(client.create(order, { signal, timeoutMs: 50 }));

    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('before it begins, if its signal is aborted already', async () => {
    await using server = await startUnreliableServer(accept);
    await using client = impatient(server.url);

    const error = await failureOf(client.create(order, { signal: AbortSignal.abort() }));

    expect(error.code).toBe('aborted');
    expect(error.message).not.toContain('may have taken effect');
    expect(server.received).toHaveLength(0);
  });

  test('for all calls that share its signal, on which they have one listener, and none after their end', async () => {
    await using server = await startUnreliableServer(hang);
    await using client = impatient(server.url, { attemptTimeoutMs: 30_000 });
    const controller = new AbortController();
    const { signal } = controller;
    const calls = Array.from({ length: 12 }, () => failureOf(client.get('o-1', { signal })));
    calls.push(failureOf(client.get('o-1', { signal, timeoutMs: 50 })));
    expect((await calls.at(-1))?.code).toBe('timeout');

    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    controller.abort();

    const codes = (await Promise.all(calls)).map(({ code }) => code);
    expect(codes).toEqual([...Array(12).fill('aborted'), 'timeout']);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('by closing the client, which resolves after every call has ended and rejects later calls', async () => {
    await using server = await startUnreliableServer(hang);
    const client = impatient(server.url, { attemptTimeoutMs: 30_000 });
    const ended: unknown[] = [];
    for (const call of [client.create(order), client.health(), client.waitFor('o-1')]) {
      call.catch((error: unknown) => ended.push(error));
    }

    await client[Symbol.asyncDispose]();

    expect(ended).toEqual(Array(3).fill(expect.objectContaining({ code: 'aborted' })));
    expect(await failureOf(client.get('o-1'))).toMatchObject({
      code: 'aborted',
      message: expect.stringContaining('The client is closed.'),
    });
  });

  test('also while a transport or a token function ignores its signal', async () => {
    await using client = createClient({
      baseUrl: '',
      token: () => new Promise(() => {}),
      attemptTimeoutMs: 20,
      retry: { attempts: 1 },
    });

    expect(await failureOf(client.health())).toMatchObject({ code: 'timeout' });
  });
});

test('health returns an unhealthy system as a result, and is not retried', async () => {
  const health = { status: 'unhealthy', dependencies: { kafka: { state: 'down', ms: 4 } }, version: '1' };
  await using server = await startUnreliableServer(json(503, health), reset);
  await using client = impatient(server.url);

  expect(await client.health()).toEqual(health);
  expect(await failureOf(client.health())).toMatchObject({ code: 'network_error' });
  expect(server.received).toHaveLength(2);
});
