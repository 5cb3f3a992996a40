import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { reservedConcurrency, functions as table } from '../../deployment/stack/functions.ts';
import { routes } from '../../functions/http/not-found.ts';
import { consumerGroups, topics } from '../../lib/kafka/topics/topics.ts';

const events = z.array(
  z.object({
    httpApi: z.string().optional(),
    msk: z.object({ topic: z.string(), consumerGroupId: z.string() }).optional(),
  }),
);
const service = z
  .object({
    functions: z.record(
      z.string(),
      z.strictObject({
        handler: z.string(),
        timeout: z.number(),
        vpc: z.literal(false).optional(),
        package: z.strictObject({ patterns: z.array(z.string()) }).optional(),
        maximumRetryAttempts: z.number().optional(),
        maximumEventAge: z.number().optional(),
        events,
      }),
    ),
  })
  .parse(parse(readFileSync('serverless.yml', 'utf8')));
const functions = Object.values(service.functions);

test('every HTTP route of serverless.yml is a route of the catch-all, which serves its slash form', () => {
  const declared = functions.flatMap((fn) => fn.events.flatMap(({ httpApi }) => httpApi ?? []));

  expect(declared.filter((route) => route !== '*').sort()).toEqual(
    routes.map(({ method, path }) => `${method} ${path}`).sort(),
  );
  expect(declared).toContain('*');
});

test('every mapping of serverless.yml has its group in the list that the local start waits for', () => {
  const declared = functions.flatMap((fn) => fn.events.flatMap(({ msk }) => msk ?? []));

  expect(
    declared.map(({ topic, consumerGroupId }) => ({
      group: logical(consumerGroupId),
      topic: logical(topic),
    })),
  ).toEqual(consumerGroups);
});

test('every function has its file, in kebab-case, with the name of the function in camelCase', () => {
  for (const [name, { handler }] of Object.entries(service.functions)) {
    const file = handler.replace(/\.handler$/, '.ts');

    expect(readFileSync(file, 'utf8')).toMatch(/export const handler\b/);
    expect(file).toContain(`/${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`);
  }
});

test('every function has its line in the table of functions, and exactly those with a route have the time of a request', () => {
  const behindApi = Object.entries(service.functions).flatMap(([name, fn]) =>
    fn.events.some(({ httpApi }) => httpApi !== undefined) ? [name] : [],
  );

  expect(Object.keys(table)).toEqual(Object.keys(service.functions));
  expect(
    Object.entries(table).flatMap(([name, { requestMs }]) => (requestMs === undefined ? [] : [name])),
  ).toEqual(behindApi);
});

/** How many executions all functions of a stage reserve. */
const reservedBy = (isTest: boolean): number =>
  Object.values(table).reduce((sum, settings) => sum + reservedConcurrency(settings, isTest), 0);

test('a mapping has at most one invocation per partition, and two stages leave Lambda its minimum of 100 unreserved executions', () => {
  expect(table.processOrders.reserved).toBe(topics.orders.partitions);
  expect(table.fulfilOrders.reserved).toBe(topics['orders.status'].partitions);
  expect(reservedBy(false) + reservedBy(true)).toBeLessThanOrEqual(900);
});

/** Without the prefix of a stage. */
function logical(name: string): string {
  expect(name).toMatch(/^\$\{param:kafkaPrefix\}/);
  return name.slice(name.indexOf('}') + 1);
}
