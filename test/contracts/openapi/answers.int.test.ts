import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as z from 'zod';
import { orderBatches } from '../../../lib/processing/order-batches.ts';
import { processBatch } from '../../../lib/processing/process-batch.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { freePort } from '../../../local/process/ports.ts';
import { buildReference, OUTPUT_DIRECTORY } from '../../../reference/build.ts';
import { freshDatabase, type TestDatabase } from '../../support/database.ts';
import { type HandlerProcess, startHandlerProcess } from '../../support/handler-process.ts';
import { httpEvent } from '../../support/http-event.ts';
import { startIssuer, type TestIssuer } from '../../support/issuer.ts';
import { testBrokers } from '../../support/kafka.ts';
import { operations, undocumented } from '../../support/openapi-document.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';
import { anOrderJson, aRecord } from '../../support/records.ts';
import { until } from '../../support/until.ts';

/**
 * Every answer that the functions can be made to give, compared with the document, and the reverse: each documented status and
 * code is answered once.
 */

const run = randomUUID();
const stored = `stored-${run}`;
const order = { customer_id: 'c-1', product_id: 'p-1', quantity: 2, price: 19.99 };

await buildReference();
const [styleSheet = '', theme = ''] = readdirSync(OUTPUT_DIRECTORY)
  .filter((name) => /^(style|theme)-.*\.gz$/.test(name))
  .map((name) => name.slice(0, -'.gz'.length))
  .sort();

interface ValidRequest {
  readonly status: number;
  /** The value of the path's parameter. Default: the id of a stored order. */
  readonly path?: string;
  readonly body?: unknown;
  readonly isForOrder?: true;
  readonly isRead?: true;
}

const HEALTH = 'GET /api/health';
const METRICS = 'GET /api/metrics';
const SCHEMA = 'GET /schemas/{name}';
const PAGE = 'GET /docs';
const PAGE_FILE = 'GET /docs/{file}';

/** A request for each operation that succeeds. A new operation needs a line. */
const valid: Readonly<Record<string, ValidRequest>> = {
  'GET /': { status: 200 },
  [HEALTH]: { status: 200 },
  [METRICS]: { status: 200 },
  'GET /openapi.json': { status: 200 },
  'GET /asyncapi.json': { status: 200 },
  [SCHEMA]: { status: 200, path: 'order-record.json' },
  [PAGE]: { status: 200 },
  [PAGE_FILE]: { status: 200, path: theme },
  'POST /api/orders': { status: 202, body: order },
  'POST /api/orders/bulk': { status: 202, body: [order, order] },
  'GET /api/orders': { status: 200, isRead: true },
  'GET /api/orders/{order_id}': { status: 200, isForOrder: true, isRead: true },
  'GET /api/orders/{order_id}/history': { status: 200, isForOrder: true, isRead: true },
  'POST /api/orders/{order_id}/cancel': { status: 202, isForOrder: true },
};

const routes = Object.keys(valid);
const isPage = (route: string): boolean => route === PAGE || route === PAGE_FILE;
const isFile = (route: string): boolean => route === SCHEMA || route === PAGE_FILE;
const isContract = (route: string): boolean => route.endsWith('.json') || route === SCHEMA;
const withoutServers = ['GET /', ...routes.filter((route) => isContract(route) || isPage(route))];
const isProtected = (route: string): boolean => route !== HEALTH && !withoutServers.includes(route);
const isRead = (route: string): boolean => valid[route]?.isRead === true;
const isWrite = (route: string): boolean => isProtected(route) && !isRead(route) && route !== METRICS;
const hasBody = (route: string): boolean => valid[route]?.body !== undefined;
const needsServers = (route: string): boolean => !withoutServers.includes(route);
const isForOrder = (route: string): boolean => valid[route]?.isForOrder === true;

/** Answered by a healthy system only after an unlikely fault: rare-answers.unit.test.ts has the first. */
const notProvoked = [
  'POST /api/orders/bulk 207',
  ...withoutServers.map((route) => `${route} 500 internal_error`),
];

type Environment = 'healthy' | 'limited' | 'without servers' | 'without keys' | 'misconfigured';

interface Change {
  readonly in?: Environment;
  readonly path?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Claims of its token; `null` sends none. */
  readonly claims?: Readonly<Record<string, string>> | null;
  /** The Idempotency-Key of another request. */
  readonly isKeyUsed?: true;
  /** The same request is repeated until the limit rejects it: a minute may end between two of them. */
  readonly isRepeated?: true;
}

interface Expected {
  readonly when: string;
  readonly routes: readonly string[];
  readonly status: (route: string) => number;
  readonly code?: string;
  readonly by: Change;
}

/** Requests a minute; a bulk request counts its two orders. */
const LIMIT = 2;

const stranger = { customer_id: 'c-stranger' };

const cases: readonly Expected[] = [
  { when: 'the request is valid', routes, status: (route) => valid[route]?.status ?? 0, by: {} },
  {
    when: 'the client decompresses gzip',
    routes: routes.filter(isPage),
    status: () => 200,
    by: { headers: { 'accept-encoding': 'gzip' } },
  },
  { when: 'the file is a style sheet', routes: [PAGE_FILE], status: () => 200, by: { path: styleSheet } },
  { when: 'a dependency is down', routes: [HEALTH], status: () => 503, by: { in: 'without servers' } },
  { when: 'no server answers', routes: [METRICS], status: () => 200, by: { in: 'without servers' } },
  ...failures({
    'the body is not JSON': [400, 'malformed_json', hasBody, { body: '{' }],
    'the body is not an order': [400, 'validation_failed', hasBody, { body: '[{}, 1]' }],
    'a parameter is unknown': [400, 'validation_failed', isRead, { query: 'colour=red' }],
    'the order id is invalid': [400, 'validation_failed', isForOrder, { path: '.bad' }],
    'the Idempotency-Key is invalid': [
      400,
      'validation_failed',
      isWrite,
      { headers: { 'idempotency-key': 'a,b' } },
    ],
    'there is no token': [401, 'unauthenticated', isProtected, { claims: null }],
    'the token is for another audience': [401, 'unauthenticated', isProtected, { claims: { aud: 'other' } }],
    'the token lacks the scope': [403, 'forbidden', isProtected, { claims: { scope: 'other' } }],
    'the token is of another customer': [403, 'forbidden', hasBody, { claims: stranger }],
    'the token is of one customer': [403, 'forbidden', (route) => route === METRICS, { claims: stranger }],
    'the order is of another customer': [404, 'order_not_found', isForOrder, { claims: stranger }],
    'there is no file of this name': [404, 'route_not_found', isFile, { path: 'x.json' }],
    'the body is too large': [413, 'payload_too_large', () => true, { body: 'x'.repeat(2_100_000) }],
    'the content type is text': [
      415,
      'unsupported_media_type',
      hasBody,
      { headers: { 'content-type': 'text/plain' } },
    ],
    'another request had the key': [422, 'idempotency_key_reused', isWrite, { isKeyUsed: true }],
    'the principal has used its limit': [
      429,
      'rate_limited',
      isProtected,
      { in: 'limited', isRepeated: true },
    ],
    'a limited request is not valid': [400, 'validation_failed', hasBody, { in: 'limited', body: '[{}, 1]' }],
    'a limited principal asks for no order': [
      404,
      'order_not_found',
      isForOrder,
      { in: 'limited', claims: stranger },
    ],
    'the configuration is missing': [500, 'internal_error', needsServers, { in: 'misconfigured' }],
    'Kafka is down': [503, 'kafka_unavailable', isWrite, { in: 'without servers' }],
    'PostgreSQL is down': [503, 'database_unavailable', isRead, { in: 'without servers' }],
    'the issuer is down': [503, 'authentication_unavailable', isProtected, { in: 'without keys' }],
  }),
];

type Failure = [status: number, code: string, isAnsweredBy: (route: string) => boolean, by: Change];

function failures(table: Readonly<Record<string, Failure>>): Expected[] {
  return Object.entries(table).map(([when, [status, code, isAnsweredBy, by]]) => ({
    when,
    routes: routes.filter(isAnsweredBy),
    status: () => status,
    code,
    by,
  }));
}

let db: TestDatabase;
let issuer: TestIssuer;
let processes: Readonly<Record<Environment, HandlerProcess>>;

beforeAll(async () => {
  await ensureOrdersTopic();
  [db, issuer] = await Promise.all([freshDatabase(), startIssuer()]);
  const records = [aRecord({ value: anOrderJson({ order_id: stored, customer_id: 'c-1' }) })];
  await processBatch(records, orderBatches(db.database, systemClock), () => ({ status: 'PROCESSING' }));
  const nowhere = `127.0.0.1:${await freePort()}`;
  const servers = { KAFKA_BROKERS: testBrokers().join(), DATABASE_URL: db.url, ...issuer.environment };
  processes = {
    healthy: startHandlerProcess(servers),
    limited: startHandlerProcess({ ...servers, RATE_LIMIT: `${LIMIT}` }),
    'without servers': startHandlerProcess({
      ...servers,
      KAFKA_BROKERS: nowhere,
      DATABASE_URL: `postgresql://nobody@${nowhere}/none`,
    }),
    'without keys': startHandlerProcess({ ...servers, AUTH_JWKS_URL: `http://${nowhere}/keys` }),
    misconfigured: startHandlerProcess({ STAGE: undefined }),
  };
  // On a busy machine, the first connections may take longer than a health check waits.
  await until('the servers answer', async () => (await send(HEALTH, {})).status === 200);
});

afterAll(async () => {
  for (const one of Object.values(processes)) {
    one[Symbol.dispose]();
  }
  await issuer[Symbol.asyncDispose]();
  await db[Symbol.asyncDispose]();
});

const answerSchema = z.object({
  statusCode: z.number(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  isBase64Encoded: z.boolean().default(false),
});

function bodyOf({ headers, body, isBase64Encoded }: z.infer<typeof answerSchema>): unknown {
  const bytes = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
  return headers['content-type']?.includes('json') ? JSON.parse(text) : text;
}

async function send(route: string, change: Change) {
  const [method = '', template = ''] = route.split(' ');
  const {
    in: environment = 'healthy',
    path = valid[route]?.path ?? stored,
    query = '',
    claims = {},
  } = change;
  const { body } = valid[route] ?? {};
  const text = change.body ?? (body === undefined ? undefined : JSON.stringify(body));
  const event: APIGatewayProxyEventV2 = {
    ...httpEvent(method, template.replace(/\{\w+\}/, path), text, {
      'content-type': 'application/json',
      ...(claims !== null && { authorization: `Bearer ${await issuer.token(claims)}` }),
      ...change.headers,
    }),
    rawQueryString: query,
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    pathParameters: Object.fromEntries([...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, path])),
  };
  const file = operations
    .get(route)
    ?.['x-function'].replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const { answer } = await processes[environment].invoke(`functions/http/${file}.ts`, event);
  const answered = answerSchema.parse(answer);
  return { status: answered.statusCode, headers: answered.headers, body: bodyOf(answered) };
}

const codeOf = (body: unknown): string => z.object({ code: z.string() }).safeParse(body).data?.code ?? '';

const eachCase = cases.flatMap(({ when, routes: answering, status, code = '', by }) =>
  answering.map((route): [string, string, string, Change] => [
    route,
    `${status(route)} ${code}`.trim(),
    when,
    by,
  ]),
);

test.each(eachCase)('%s answers %s as documented if %s', async (route, expected, _when, by) => {
  const claims = by.claims === null ? null : { sub: randomUUID(), ...by.claims };
  const headers = by.isKeyUsed ? { 'idempotency-key': randomUUID() } : undefined;
  if (headers !== undefined) {
    const first = hasBody(route)
      ? { body: JSON.stringify(route.endsWith('bulk') ? [order] : { ...order, quantity: 1 }) }
      : {};
    await send(route, { ...first, headers, claims, path: `other-${run}` });
  }

  const request = { ...by, claims, ...(headers && { headers }) };
  let answer = await send(route, request);
  for (let again = 0; by.isRepeated && answer.status < 400 && again < 4 * LIMIT; again += 1) {
    answer = await send(route, request);
  }

  expect(`${answer.status} ${codeOf(answer.body)}`.trim()).toBe(expected);
  expect(undocumented(route, answer)).toEqual([]);
});

test.each(routes.filter(isWrite))('%s answers the replay of a key as documented', async (route) => {
  const headers = { 'idempotency-key': randomUUID() };
  await send(route, { headers });

  const answer = await send(route, { headers });

  expect(answer.headers).toHaveProperty('idempotency-replayed');
  expect(undocumented(route, answer)).toEqual([]);
});

test('these cases have every status and code of the document', () => {
  const documented = [...operations].flatMap(([route, { responses }]) =>
    Object.entries(responses).flatMap(([status, { content }]) => {
      const codes = Object.keys(content['application/problem+json']?.examples ?? {});
      const isAnswer = Object.keys(content).some((type) => type !== 'application/problem+json');
      return [
        ...(isAnswer ? [`${route} ${status}`] : []),
        ...codes.map((code) => `${route} ${status} ${code}`),
      ];
    }),
  );
  const provoked = eachCase.map(([route, expected]) => `${route} ${expected}`);

  expect([...new Set([...provoked, ...notProvoked])].sort()).toEqual(documented.sort());
});
