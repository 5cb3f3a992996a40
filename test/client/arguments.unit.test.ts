import { describe, expect, test } from '@jest/globals';
import { createClient } from '../../client/src/index.ts';
import { accept, failureOf, impatient, order } from './failing-calls.ts';
import { reset, startUnreliableServer } from './unreliable-server.ts';

describe('the token', () => {
  test('is read again for each attempt', async () => {
    let calls = 0;
    await using server = await startUnreliableServer(reset, accept);
    await using client = impatient(server.url, { token: async () => `token-${++calls}` });

    await client.create(order);

    expect(server.received.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  test('whose function fails is an error, and nothing is sent', async () => {
    await using server = await startUnreliableServer(accept);
    const cause = new Error('The issuer is down.');
    await using client = impatient(server.url, { token: () => Promise.reject(cause) });

    expect(await failureOf(client.create(order))).toMatchObject({
      code: 'token_unavailable',
      cause,
      message: 'POST /api/orders failed: token_unavailable: The token function failed: The issuer is down.',
    });
    expect(server.received).toHaveLength(0);
  });

  test.each(['first line\nsecret', 'клю́ч-secret', 'a secret', ''])(
    'that no header can carry is an error that does not contain it, and nothing is sent: %j',
    async (token) => {
      await using server = await startUnreliableServer(accept);
      await using client = impatient(server.url, { token });

      const error = await failureOf(client.create(order));

      expect(error).toMatchObject({ code: 'token_unavailable', retryable: false });
      expect(`${error.stack} ${error.cause}`).not.toContain('secret');
      expect(error.message).not.toContain('may have taken effect');
      expect(server.received).toHaveLength(0);
    },
  );

  test('with a line break at its end, as in a file, is sent without it', async () => {
    await using server = await startUnreliableServer(accept);
    await using client = impatient(server.url, { token: 'token-1\n' });

    await client.create(order);

    expect(server.received[0]?.headers.authorization).toBe('Bearer token-1');
  });

  test('that comes after the call’s time sends nothing, also by a transport that ignores its signal', async () => {
    const sent: string[] = [];
    const token = Promise.withResolvers<string>();
    await using client = createClient({
      baseUrl: '',
      token: () => token.promise,
      timeoutMs: 20,
      fetch: (url) => {
        sent.push(url);
        return Promise.reject(new Error('not reached'));
      },
    });

    const error = await failureOf(client.create(order));
    token.resolve('late');
    await token.promise;
    await new Promise(setImmediate);

    expect(error.code).toBe('timeout');
    expect(error.message).not.toContain('may have taken effect');
    expect(sent).toEqual([]);
  });
});

describe('wrong arguments are rejected before anything is sent:', () => {
  test.each([
    'localhost:3000',
    'ftp://orders.example.invalid',
    'https://a@orders.example.invalid',
    'https://x/?a=1',
    'https://x:99999',
  ])('the address %s', (baseUrl) => {
    expect(() => createClient({ baseUrl })).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  test.each(['', '..', 'a/b', 'a?wait=1'])(
    'the order id "%s", which would change the path',
    async (orderId) => {
      await using server = await startUnreliableServer(accept);
      await using client = impatient(server.url);

      for (const call of [client.get, client.cancel, client.history, client.waitFor]) {
        expect(await failureOf(call(orderId))).toMatchObject({ code: 'validation_failed', orderId });
      }
      expect(server.received).toHaveLength(0);
    },
  );

  test('an order without JSON', async () => {
    await using client = createClient({ baseUrl: '' });
    const circular = { ...order, self: {} };
    circular.self = circular;

    expect(await failureOf(client.create(circular))).toMatchObject({ code: 'invalid_argument' });
  });

  test.each([undefined, null, 'text', [order]])(
    'an order that is %j, from code without types',
    async (value) => {
      await using client = createClient({ baseUrl: '' });
      const untyped = JSON.parse(JSON.stringify({ value })).value;

      expect(await failureOf(client.create(untyped))).toMatchObject({ code: 'invalid_argument' });
      expect(await failureOf(client.createMany([order, untyped]))).toMatchObject({
        code: 'invalid_argument',
        message: 'Order 1 is not an object. Nothing was sent.',
      });
    },
  );

  test('orders that are not an array, from code without types', async () => {
    await using client = createClient({ baseUrl: '' });

    expect(await failureOf(client.createMany(JSON.parse('{}')))).toMatchObject({ code: 'invalid_argument' });
  });

  test.each(['', 'a,b', 'a b', 'a\nb', 'ключ', 'k'.repeat(256)])(
    'the idempotency key "%s", which no header can carry or the server rejects',
    async (idempotencyKey) => {
      await using client = createClient({ baseUrl: '' });

      for (const call of [
        client.create(order, { idempotencyKey }),
        client.createMany([order], { idempotencyKey }),
        client.cancel('o-1', { idempotencyKey }),
      ]) {
        expect(await failureOf(call)).toMatchObject({
          code: 'invalid_argument',
          message: expect.stringContaining('Nothing was sent.'),
        });
      }
    },
  );

  test.each([
    { timeoutMs: Number.NaN },
    { attemptTimeoutMs: -1 },
    { retry: { attempts: Number.NaN } },
    { retry: { baseMs: -5 } },
    { retry: { maxPauseMs: Number.NaN } },
  ])('a number that bounds nothing: %p', (options) => {
    expect(() => createClient({ baseUrl: '', ...options })).toThrow(
      expect.objectContaining({ code: 'invalid_argument' }),
    );
  });
});
