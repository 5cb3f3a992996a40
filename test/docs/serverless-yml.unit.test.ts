import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';
import { routes } from '../../functions/http/not-found.ts';
import { consumerGroups } from '../../lib/kafka/topics.ts';

const events = z.array(
  z.object({
    httpApi: z.string().optional(),
    msk: z.object({ topic: z.string(), consumerGroupId: z.string() }).optional(),
  }),
);
const service = z
  .object({ functions: z.record(z.string(), z.object({ handler: z.string(), events })) })
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

  expect(declared.map(({ topic, consumerGroupId }) => ({ group: consumerGroupId, topic }))).toEqual(
    consumerGroups,
  );
});

test('every function has its file, in kebab-case, with the name of the function in camelCase', () => {
  for (const [name, { handler }] of Object.entries(service.functions)) {
    const file = handler.replace(/\.handler$/, '.ts');

    expect(readFileSync(file, 'utf8')).toMatch(/export const handler\b/);
    expect(file).toContain(`/${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`);
  }
});
