import { afterEach, describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import type { Outcome } from '../support/invoke-functions.ts';
import { aServiceOf, invokeFunctions, removeServices } from '../support/invoked-program.ts';

afterEach(removeServices);

describe('a function in a thread', () => {
  test.each([{}, { localEnvironment: true }])(
    'has the environment and the context of serverless-offline, with the options %j',
    async (options) => {
      const request = { options, timeout: 60, rounds: [[{ key: 'surroundings', requestId: 'the-request' }]] };

      const [ours, theirs] = await Promise.all(
        [request, { ...request, bare: true }].map(async (each) =>
          surroundingsIn((await invokeFunctions(each)).outcomes),
        ),
      );

      expect(ours?.environment).toEqual(theirs?.environment);
      expect(ours?.environment).toMatchObject({ JOINED: 'a-b', FROM_PROVIDER: '1', OVERRIDDEN: 'function' });
      expect(ours?.context).toEqual({
        ...theirs?.context,
        awsRequestId: 'the-request',
        clientContext: undefined, // Kafka records have none
      });
      expect(ours?.remainingMs).toBeGreaterThan(50_000);
      expect(ours?.remainingMs).toBeLessThanOrEqual(60_000);
    },
  );

  test.each([
    ['CommonJS', { 'package.json': '{}', 'work.js': `exports.handler = async () => 'found';` }],
    ['CommonJS by extension', { 'work.cjs': `exports.handler = async () => 'found';` }],
    [
      'ES modules',
      { 'package.json': '{"type":"module"}', 'work.js': `export const handler = async () => 'found';` },
    ],
    ['ES modules by extension', { 'work.mjs': `export const handler = async () => 'found';` }],
    [
      'TypeScript',
      { 'package.json': '{}', 'work.ts': `export const handler = async (): Promise<string> => 'found';` },
    ],
    [
      'TypeScript modules',
      {
        'package.json': '{"type":"module"}',
        'work.ts': `export const handler = async (): Promise<string> => 'found';`,
      },
    ],
  ])('can be written in %s', async (_, files) => {
    const { outcomes } = await invokeFunctions({
      servicePath: aServiceOf(files),
      functions: { work: { handler: 'work.handler' } },
      rounds: [[{ key: 'work' }]],
    });

    expect(outcomes).toEqual([{ payload: 'found' }]);
  });
});

const surroundings = z.object({
  payload: z.object({
    environment: z.record(z.string(), z.string()),
    context: z.record(z.string(), z.unknown()),
    remainingMs: z.number(),
  }),
});

function surroundingsIn(outcomes: readonly Outcome[]): z.infer<typeof surroundings>['payload'] {
  return surroundings.parse(outcomes[0]).payload;
}
