import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { problemCodes } from '../../client/src/errors.ts';
import { createClient, type OrderFilter, type OrderlyClient } from '../../client/src/index.ts';
import { errorCodes } from '../../lib/errors/orderly-error.ts';

/** The parts of the OpenAPI document that a client has to follow. */
const parameter = z.object({ name: z.string(), in: z.enum(['query', 'header', 'path']) });
const operation = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  parameters: z.array(parameter).default([]),
});
const problem = z.object({ properties: z.object({ code: z.object({ const: z.string() }) }) });
const document = z
  .object({
    paths: z.record(z.string(), z.record(z.string(), operation)),
    components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
  })
  .parse(JSON.parse(readFileSync('contracts/openapi.json', 'utf8')));

/** The other operations are for people, and for programs that read contracts. */
const hasMethod = ({ operationId, tags }: z.infer<typeof operation>): boolean =>
  tags.includes('Orders') || operationId === 'health';

const everyFilter: Required<OrderFilter> = {
  status: 'FAILED',
  customer_id: 'c',
  product_id: 'p',
  created_from: '2026-11-01T10:00:00Z',
  created_to: '2026-11-02T10:00:00Z',
  limit: 7,
  cursor: 'x',
};
const order = { customer_id: 'c', product_id: 'p', quantity: 1, price: 1 };

/** One call per method, with each of its parameters. `close` sends nothing. */
const calls: Readonly<
  Record<Exclude<keyof OrderlyClient, 'close' | symbol>, (client: OrderlyClient) => Promise<unknown>>
> = {
  create: (client) => client.create(order),
  createMany: (client) => client.createMany([order]),
  get: (client) => client.get('o-1', { waitSeconds: 3 }),
  list: (client) => client.list(everyFilter)[Symbol.asyncIterator]().next(),
  history: (client) => client.history('o-1'),
  cancel: (client) => client.cancel('o-1'),
  waitFor: (client) => client.waitFor('o-1'),
  health: (client) => client.health(),
};

/** An answer that every method accepts. */
const anyAnswer = {
  order_id: 'o-1',
  event_id: 'e-1',
  status: 'COMPLETED',
  results: [],
  orders: [],
  next_cursor: null,
  history: [],
  dependencies: {},
};

/** The parameters that the client sends to each route, by their names in the OpenAPI document. */
async function sentByRoute(): Promise<Record<string, readonly string[]>> {
  const sent: Record<string, readonly string[]> = {};
  const client = createClient({
    baseUrl: 'https://orders.example.invalid',
    fetch: async (url, { method, headers }) => {
      const { pathname, searchParams } = new URL(url);
      const path = pathname.replace('o-1', '{order_id}');
      sent[`${method} ${path}`] = [
        ...[...searchParams.keys()].map((name) => `query ${name}`),
        ...('idempotency-key' in headers ? ['header idempotency-key'] : []),
        ...(path.includes('{') ? ['path order_id'] : []),
      ].sort();
      return new Response(JSON.stringify(anyAnswer));
    },
  });
  for (const call of Object.values(calls)) {
    await call(client);
  }
  return sent;
}

test('every operation on orders, and health, has a method that sends each of its parameters, and no method sends others', async () => {
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, one]) => hasMethod(one))
      .map(([method, { parameters }]) => [
        `${method.toUpperCase()} ${path}`,
        parameters.map(({ name, in: place }) => `${place} ${name.toLowerCase()}`).sort(),
      ]),
  );

  expect(await sentByRoute()).toEqual(Object.fromEntries(documented));
});

test('every problem of the API has its code in the client, and no other, as retryable as on the server', () => {
  const documented = Object.values(document.components.schemas).flatMap((schema) => {
    const code = problem.safeParse(schema).data?.properties.code.const;
    return code === undefined ? [] : [code];
  });
  const retryableOf = new Map(Object.entries(errorCodes).map(([code, { retryable }]) => [code, retryable]));

  expect(problemCodes).toEqual(Object.fromEntries(documented.map((code) => [code, retryableOf.get(code)])));
});
