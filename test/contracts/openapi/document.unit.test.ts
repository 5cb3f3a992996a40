import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { parse } from 'yaml';
import * as z from 'zod';
import { httpStatus } from '../../../lib/http/problem.ts';
import { protectedRoutes } from '../../lib/auth/protected-routes.ts';
import { document, faultsAt, operations, rawDocument } from '../../support/openapi-document.ts';
import { ruleIds } from './named-rules.ts';

const { functions } = z
  .object({
    functions: z.record(
      z.string(),
      z.object({ events: z.array(z.object({ httpApi: z.string().optional() })) }),
    ),
  })
  .parse(parse(readFileSync('serverless.yml', 'utf8')));

test('the document is valid OpenAPI 3.1', async () => {
  const result = await new Validator().validate(JSON.parse(JSON.stringify(rawDocument)));

  expect(result).toEqual({ valid: true });
});

test('has each route of serverless.yml with the name of its function, and no other', () => {
  const declared = Object.entries(functions).flatMap(([name, { events }]) =>
    events.flatMap(({ httpApi = '*' }) => (httpApi === '*' ? [] : [[httpApi, name]])),
  );

  expect([...operations].map(([route, operation]) => [route, operation['x-function']]).sort()).toEqual(
    declared.sort(),
  );
});

test('requires for each operation the scope that its function requires', () => {
  const scopes = [...operations].map(([route, { security }]) => [route, security]);

  expect(Object.fromEntries(scopes)).toEqual(
    Object.fromEntries(
      [...operations.keys()].map((route) => {
        const scope = protectedRoutes[route]?.scope;
        return [route, scope === undefined ? [] : [{ bearer: [scope] }]];
      }),
    ),
  );
});

/** Every response of the document with its place. */
const responses = [
  ...[...operations].flatMap(([route, operation]) => {
    const [method = '', path = ''] = route.split(' ');
    return Object.entries(operation.responses).map(([status, response]) => ({
      place: ['paths', path, method.toLowerCase(), 'responses', status],
      status: Number(status),
      response,
    }));
  }),
  ...Object.entries(document.components.responses).map(([name, response]) => ({
    place: ['components', 'responses', name],
    status: undefined,
    response,
  })),
];

const problemExample = z.object({ code: z.string(), status: z.number() });

test('has every public error code with its status, and no other', () => {
  const documented = responses.flatMap(({ response, status }) =>
    Object.values(response.content['application/problem+json']?.examples ?? {}).map(({ value }) => {
      const problem = problemExample.parse(value);
      expect(problem.status).toBe(status ?? problem.status);
      return [problem.code, problem.status];
    }),
  );
  const expected = Object.entries(httpStatus).filter(
    ([code, status]) => status !== 500 || code === 'internal_error',
  );

  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
});

describe('every example is valid by its schema', () => {
  const mediaTypes = [
    ...responses.map(({ place, response }) => ({ place, content: response.content })),
    ...[...operations].flatMap(([route, { requestBody }]) => {
      const [method = '', path = ''] = route.split(' ');
      return requestBody
        ? [{ place: ['paths', path, method.toLowerCase(), 'requestBody'], content: requestBody.content }]
        : [];
    }),
  ].flatMap(({ place, content }) =>
    Object.entries(content).map(([type, { examples }]): [string, string[], typeof examples] => [
      [...place, type].join(' '),
      [...place, 'content', type, 'schema'],
      examples,
    ]),
  );

  test.each(mediaTypes)('%s', (_name, place, examples) => {
    expect(Object.keys(examples).length).toBeGreaterThan(0);
    for (const { value } of Object.values(examples)) {
      expect(faultsAt(place, value)).toEqual([]);
    }
  });

  /** An example of these would be valid only once, but pages and fuzzers send it again and again. */
  const once = ['cursor', 'Idempotency-Key'];

  test('of parameters, of which each has one unless it is valid only once', () => {
    for (const [route, { parameters }] of operations) {
      const [method = '', path = ''] = route.split(' ');
      for (const [index, { name, schema }] of parameters.entries()) {
        const place = ['paths', path, method.toLowerCase(), 'parameters', `${index}`, 'schema'];
        expect([route, name, schema.examples !== undefined]).toEqual([route, name, !once.includes(name)]);
        for (const example of schema.examples ?? []) {
          expect([name, faultsAt(place, example)]).toEqual([name, []]);
        }
      }
    }
  });
});

test('docs/contracts.md lists the named rules, and no other', () => {
  const page = readFileSync('docs/contracts.md', 'utf8');
  const section = page.split(/^###? /m).find((part) => part.startsWith('Named rules')) ?? '';
  const listed = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, id]) => id);

  expect(listed.sort()).toEqual([...ruleIds].sort());
});
