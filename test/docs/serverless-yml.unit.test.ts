import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
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
      z.object({
        handler: z.string(),
        role: z.string(),
        reservedConcurrency: z.union([z.number(), z.string()]),
        events,
      }),
    ),
  })
  .parse(parse(readFileSync('serverless.yml', 'utf8')));
const functions = Object.values(service.functions);

interface Variables {
  resolveVariable(address: string): Promise<string>;
}
const concurrency: Readonly<Record<string, (variables: Variables) => Promise<number>>> = createRequire(
  import.meta.url,
)('../../deployment/stack/concurrency.cjs');

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

test('every function has a role of its own and a limit of what runs at once', () => {
  for (const [name, { role, reservedConcurrency }] of Object.entries(service.functions)) {
    expect(role).toBe(`${name[0]?.toUpperCase()}${name.slice(1)}Role`);
    expect(
      reservedConcurrency === `\${file(./deployment/stack/concurrency.cjs):${name}}` ||
        Number(reservedConcurrency) > 0,
    ).toBe(true);
  }
});

/** How many executions all functions of a stage reserve. */
async function reservedBy(isTest: boolean): Promise<number> {
  const variables = { resolveVariable: async () => (isTest ? 'true' : '') };
  const behindApi = await Promise.all(Object.values(concurrency).map((reserved) => reserved(variables)));
  const others = functions.map(({ reservedConcurrency }) => Number(reservedConcurrency) || 0);
  return [...behindApi, ...others].reduce((sum, reserved) => sum + reserved, 0);
}

test('a mapping has at most one invocation per partition, and a stage and another for tests leave Lambda the 100 that it insists on', async () => {
  const { processOrders, fulfilOrders } = service.functions;

  expect(processOrders?.reservedConcurrency).toBe(topics.orders.partitions);
  expect(fulfilOrders?.reservedConcurrency).toBe(topics['orders.status'].partitions);
  expect((await reservedBy(false)) + (await reservedBy(true))).toBeLessThanOrEqual(900);
});

/** Without the prefix of a stage. */
function logical(name: string): string {
  expect(name).toMatch(/^\$\{param:kafkaPrefix\}/);
  return name.slice(name.indexOf('}') + 1);
}
