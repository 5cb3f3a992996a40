import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { routes } from '../../../functions/http/not-found.ts';
import { scopes } from '../../../lib/auth/principal.ts';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { freePort } from '../../../local/process/ports.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import { httpEvent } from '../../support/http-event.ts';
import { type Claims, startIssuer, type TestIssuer } from '../../support/issuer.ts';
import { testBrokers } from '../../support/kafka.ts';
import { ensureOrdersTopic, readOrders } from '../../support/orders-topic.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';
import { badTokens } from './bad-tokens.ts';
import {
  type CustomerRequest,
  MINE,
  myOrder,
  orderOf,
  protectedRoutes,
  run,
  THEIRS,
  theirOrder,
  unknownOrder,
} from './protected-routes.ts';

const openRoutes = [
  'GET /',
  'GET /api/health',
  'GET /asyncapi.json',
  'GET /docs',
  'GET /docs/{file}',
  'GET /openapi.json',
  'GET /schemas/{name}',
];

let db: TestDatabase;
let issuer: TestIssuer;
let handlers: HandlerProcess;
let withoutDatabase: HandlerProcess;

const servers = () => ({ KAFKA_BROKERS: testBrokers().join(), DATABASE_URL: db.url });

beforeAll(async () => {
  await ensureOrdersTopic();
  [db, issuer] = await Promise.all([freshDatabase(), startIssuer()]);
  const records = [
    [myOrder, MINE],
    [theirOrder, THEIRS],
  ].map(([order_id, customer_id], offset) =>
    aRecord({ offset, value: anOrderJson({ order_id, customer_id }) }),
  );
  await processBatch(records, orderBatches(db.database, systemClock), () => ({ status: 'PROCESSING' }));
  const environment = { ...servers(), ...issuer.environment };
  handlers = startHandlerProcess(environment);
  withoutDatabase = startHandlerProcess({
    ...environment,
    DATABASE_URL: `postgresql://postgres@127.0.0.1:${await freePort()}/away`,
  });
});
afterAll(async () => {
  handlers[Symbol.dispose]();
  withoutDatabase[Symbol.dispose]();
  await issuer[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z
    .string()
    .transform((text): Record<string, unknown> => (text.startsWith('{') ? JSON.parse(text) : { text })),
});

interface Answer extends z.infer<typeof answerSchema> {
  readonly ms: number;
}

interface Sent {
  readonly asked?: CustomerRequest;
  readonly headers?: Record<string, string>;
  readonly by?: HandlerProcess;
  /** With a slash at its end, which the catch-all route serves. */
  readonly slash?: boolean;
}

/** Sends a request to a route, and expects nothing to be pending after the response. */
async function send(
  name: string,
  { asked = {}, headers = {}, by = handlers, slash = false }: Sent,
): Promise<Answer> {
  const [method = '', template = ''] = name.split(' ');
  const { body, pathParameters, queryStringParameters = {} } = asked;
  const path = template.replace('{order_id}', pathParameters?.order_id ?? '');
  const event: APIGatewayProxyEventV2 = {
    ...httpEvent(method, slash ? `${path}/` : path, body === undefined ? undefined : JSON.stringify(body), {
      'content-type': 'application/json',
      ...headers,
    }),
    rawQueryString: new URLSearchParams(queryStringParameters).toString(),
    queryStringParameters,
    ...(!slash && { pathParameters: { ...pathParameters } }),
  };
  const file = slash ? 'not-found' : protectedRoutes[name]?.file;
  const { answer, ms, pending } = await by.invoke(`functions/http/${file}.ts`, event);
  expect(pending).toEqual([]);
  return { ...answerSchema.parse(answer), ms };
}

async function bearer(claims: Claims = {}): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await issuer.token(claims)}` };
}

const ofMine = (claims: Claims = {}) => bearer({ customer_id: MINE, ...claims });

test('every route is either open or in the table of these tests', () => {
  const known = [...openRoutes, ...Object.keys(protectedRoutes)];

  expect(known.sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort());
});

describe.each(Object.entries(protectedRoutes))('%s', (name, route) => {
  const { scope, isForOperators = false, mine, allowed, theirs, rejected } = route;
  const ofReader = isForOperators ? bearer : ofMine;

  describe.each([false, true])('(with a slash at its end: %s)', (slash) => {
    test('requires a token', async () => {
      const answer = await send(name, { asked: mine, slash });

      expect(answer).toMatchObject({
        statusCode: 401,
        headers: { 'www-authenticate': 'Bearer' },
        body: { code: 'unauthenticated' },
      });
    });

    test.each(Object.entries(badTokens))('rejects every invalid token: %s', async (_which, make) => {
      const headers = { authorization: `Bearer ${await make(issuer)}` };

      expect(await send(name, { asked: mine, headers, slash })).toMatchObject({
        statusCode: 401,
        headers: { 'www-authenticate': expect.stringContaining('error="invalid_token"') },
        body: { code: 'unauthenticated' },
      });
    });

    test('requires its scope, which no other scope implies', async () => {
      const others = scopes.filter((other) => other !== scope).join(' ');
      const headers = await ofReader({ scope: others });

      expect(await send(name, { asked: mine, headers, slash })).toMatchObject({
        statusCode: 403,
        headers: { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scope}"` },
        body: { code: 'forbidden' },
      });
    });

    test('is available with only its scope, to a token of one customer unless it is for operators', async () => {
      const [customers, operators] = [await ofMine({ scope }), await bearer({ scope })];
      const ofCustomer = await send(name, { asked: mine, headers: customers, slash });
      const ofOperator = await send(name, { asked: mine, headers: operators, slash });

      expect(ofCustomer.statusCode).toBe(isForOperators ? 403 : allowed);
      expect(ofOperator.statusCode).toBe(allowed);
    });

    test('is not available for another customer’s order', async () => {
      const { statusCode, body } = await send(name, { asked: theirs, headers: await ofMine(), slash });

      expect(statusCode).toBe(rejected);
      expect(JSON.stringify(body)).not.toContain(THEIRS);
    });

    test('is available for every customer with a token that is bound to none', async () => {
      const { statusCode } = await send(name, { asked: theirs, headers: await bearer(), slash });

      expect(statusCode).toBe(allowed);
    });
  });
});

describe.each<[string, string, Sent, number]>([
  ['POST /api/orders', 'with the content type text', { headers: { 'content-type': 'text/plain' } }, 415],
  ['POST /api/orders', 'too large', { asked: { body: 'x'.repeat(40_000) } }, 413],
  ['POST /api/orders/bulk', 'with the content type text', { headers: { 'content-type': 'text/plain' } }, 415],
  ['POST /api/orders/bulk', 'too large', { asked: { body: 'x'.repeat(2_200_000) } }, 413],
  ['POST /api/orders/{order_id}/cancel', 'not empty', { asked: { body: { reason: 'late' } } }, 400],
])('%s with a body that is %s', (name, _what, { asked, headers }, rejected) => {
  test.each([false, true])('requires a token first (with a slash at its end: %s)', async (slash) => {
    const sent = { asked: { ...protectedRoutes[name]?.mine, ...asked }, slash };

    const without = await send(name, { ...sent, headers: { ...headers } });
    const withToken = await send(name, { ...sent, headers: { ...(await ofMine()), ...headers } });

    expect([without.statusCode, withToken.statusCode]).toEqual([401, rejected]);
  });
});

describe('the response for another customer’s order equals the response for an unknown order', () => {
  const cases = Object.entries(protectedRoutes).filter(([, { rejected }]) => rejected === 404);

  test.each(cases)('by %s', async (name) => {
    const headers = await ofMine();
    const ask = (order_id: string) => send(name, { asked: { pathParameters: { order_id } }, headers });

    const other = await ask(theirOrder);
    const unknown = await ask(unknownOrder);

    const { ms: _, ...withoutTime } = unknown;
    expect(other).toMatchObject(JSON.parse(JSON.stringify(withoutTime).replaceAll(unknownOrder, theirOrder)));
  });

  test.each([
    ['GET /api/orders/{order_id}', { wait: '2' }, 2_000],
    ['POST /api/orders/{order_id}/cancel', {}, 2_000],
  ])('after the same time too, by %s with %j', async (name, queryStringParameters, waitMs) => {
    const headers = await ofMine();
    const ask = (order_id: string) =>
      send(name, { asked: { pathParameters: { order_id }, queryStringParameters }, headers });

    const times = async (): Promise<number[]> =>
      [await ask(theirOrder), await ask(unknownOrder)].map(({ ms }) => ms);
    // neither answers at once or waits twice
    const isWithin = (ms: number): boolean => ms >= waitMs - 10 && ms < 2 * waitMs;
    let measured = await times();
    for (let attempt = 1; attempt < 3 && !measured.every(isWithin); attempt += 1) {
      measured = await times(); // the machine may have been busy
    }

    expect(measured.filter((ms) => !isWithin(ms))).toEqual([]);
  });
});

describe('a token that is bound to a customer', () => {
  test('lists the orders of its customer without a filter, page by page', async () => {
    const headers = await ofMine();
    const page = (query: Record<string, string>) =>
      send('GET /api/orders', { asked: { queryStringParameters: query }, headers });

    const unfiltered = await page({});
    const filtered = await page({ customer_id: MINE });

    expect(unfiltered.body.orders).toEqual(filtered.body.orders);
    expect(unfiltered.body.orders).toContainEqual(expect.objectContaining({ order_id: myOrder }));
    expect(unfiltered.body.orders).not.toContainEqual(expect.objectContaining({ customer_id: THEIRS }));
  });

  test('cannot continue with a cursor from a list of all customers', async () => {
    const all = await send('GET /api/orders', {
      asked: { queryStringParameters: { limit: '1' } },
      headers: await bearer(),
    });

    const { statusCode, body } = await send('GET /api/orders', {
      asked: { queryStringParameters: { cursor: String(all.body.next_cursor) } },
      headers: await ofMine(),
    });

    expect({ statusCode, body }).toMatchObject({ statusCode: 400, body: { errors: [{ path: 'cursor' }] } });
  });

  test('may not set an order_id, and gets an error for each forbidden order of a bulk request', async () => {
    const headers = await ofMine();
    const chosen = { ...orderOf(MINE), order_id: `chosen-${run}` };

    const one = await send('POST /api/orders', { asked: { body: chosen }, headers });
    const many = await send('POST /api/orders/bulk', {
      asked: { body: [orderOf(MINE), chosen, orderOf(THEIRS)] },
      headers,
    });

    expect(one).toMatchObject({ statusCode: 403, body: { errors: [{ path: 'order_id' }] } });
    expect(many).toMatchObject({
      statusCode: 403,
      body: { errors: [{ path: '1.order_id' }, { path: '2.customer_id' }] },
    });
    expect(await readOrders(`chosen-${run}`)).toEqual([]);
  });

  test('cancels with its customer in the record', async () => {
    const { body } = await send('POST /api/orders/{order_id}/cancel', {
      asked: { pathParameters: { order_id: myOrder } },
      headers: await ofMine(),
    });

    const values = (await readOrders(myOrder)).map(({ value, headers }) => ({
      eventId: headers['event-id'],
      value: JSON.parse(value ?? ''),
    }));
    expect(values).toContainEqual({
      eventId: body.event_id,
      value: { order_id: myOrder, customer_id: MINE },
    });
  });

  test('may cancel while PostgreSQL is unavailable, because processing checks the owner of the order', async () => {
    const cancel = async (customer_id: string) =>
      send('POST /api/orders/{order_id}/cancel', {
        asked: { pathParameters: { order_id: theirOrder } },
        headers: { ...(await bearer({ customer_id })), 'idempotency-key': `key-${run}` },
        by: withoutDatabase,
      });

    const first = await cancel(MINE);
    const again = await cancel(MINE);
    const theirs = await cancel(THEIRS);

    expect([first, again, theirs].map(({ statusCode }) => statusCode)).toEqual([202, 202, 202]);
    expect(again.body.event_id).toBe(first.body.event_id);
    expect(theirs.body.event_id).not.toBe(first.body.event_id);
  });
});

test.each<[string, CustomerRequest, CustomerRequest]>([
  ['POST /api/orders', { body: orderOf(MINE) }, { body: orderOf(THEIRS) }],
  ['POST /api/orders/bulk', { body: [orderOf(MINE)] }, { body: [orderOf(THEIRS)] }],
  [
    'POST /api/orders/{order_id}/cancel',
    { pathParameters: { order_id: myOrder } },
    { pathParameters: { order_id: theirOrder } },
  ],
])(
  'by %s an Idempotency-Key belongs to one subject, and to one customer of that subject',
  async (name, mine, theirs) => {
    const key = randomUUID();
    const write = async (sub: string, customer_id: string) =>
      send(name, {
        asked: customer_id === MINE ? mine : theirs,
        headers: { ...(await bearer({ sub, customer_id })), 'idempotency-key': key },
      });

    const first = await write('one', MINE);
    const again = await write('one', MINE);
    const others = [await write('two', MINE), await write('one', THEIRS)];

    expect(again).toMatchObject({
      statusCode: 202,
      headers: { 'idempotency-replayed': 'true' },
      body: first.body,
    });
    for (const other of others) {
      expect(other.statusCode).toBe(202);
      expect(other.headers).not.toHaveProperty('idempotency-replayed');
      expect(idsIn(other)).not.toEqual(idsIn(first));
    }
  },
);

/** Returns the ids of the orders and commands in a response. */
const idsIn = ({ body }: Answer) => JSON.stringify(body).match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g);

test('the log contains the subject and the customer, also for a rejected request, and never a token', async () => {
  const headers = await ofMine({ sub: 'a-subject-to-find' });
  await send('GET /api/orders', { headers });
  await send('GET /api/orders', { asked: { queryStringParameters: { customer_id: THEIRS } }, headers });

  const lines = handlers
    .output()
    .split('\n')
    .filter((line) => line.includes('subject=a-subject-to-find'));

  expect(lines).toEqual([
    expect.stringMatching(new RegExp(`GET /api/orders 200 .*customer_id=${MINE}`)),
    expect.stringMatching(new RegExp(`GET /api/orders 403 .*customer_id=${MINE}`)),
  ]);
  expect(handlers.output()).not.toContain(headers.authorization?.split('.')[2]);
  expect(handlers.output()).not.toMatch(/eyJ/);
});

test('nothing is pending after a function has returned while the issuer does not respond', async () => {
  await using mute = await startIssuer();
  mute.answers(() => undefined);
  using process = startHandlerProcess({ ...servers(), ...mute.environment });
  const headers = { authorization: `Bearer ${await mute.token()}` };

  const { statusCode, headers: answered, ms } = await send('GET /api/orders', { headers, by: process });

  expect({ statusCode, retryAfter: answered['retry-after'] }).toEqual({ statusCode: 503, retryAfter: '1' });
  expect(ms).toBeLessThan(10_000);
});
