import { afterEach, describe, expect, test } from '@jest/globals';
import { aServiceOf, invokeFunctions, removeServices } from '../support/invoked-program.ts';

afterEach(removeServices);

describe('an instance', () => {
  const invoked = (then?: string) => [{ key: 'count', event: { then } }];

  test('runs one invocation at a time', async () => {
    const { outcomes } = await invokeFunctions({ rounds: [[{ key: 'alone' }, { key: 'alone' }]] });

    expect(outcomes).toEqual([{ payload: null }, { payload: null }]);
  });

  test('is reused, also after an error', async () => {
    const { outcomes } = await invokeFunctions({
      functions: { again: { handler: 'twice.handler' } },
      servicePath: aServiceOf({
        'twice.cjs': `let invocations = 0;
          exports.handler = async () => { if (++invocations === 2) { throw new Error('second'); } return invocations; };`,
      }),
      rounds: [[{ key: 'again' }], [{ key: 'again' }], [{ key: 'again' }]],
    });

    expect(outcomes).toMatchObject([{ payload: 1 }, { message: 'second' }, { payload: 3 }]);
  });

  test('is replaced after a crash and after a timeout', async () => {
    const { outcomes } = await invokeFunctions({
      timeout: 1,
      rounds: [invoked(), invoked('exit'), invoked(), invoked('hang'), invoked()],
    });

    expect(outcomes).toMatchObject([
      { payload: 1 },
      { code: 'function_crashed' },
      { payload: 1 },
      { code: 'function_timed_out' },
      { payload: 1 },
    ]);
  });

  test('that crashes between two invocations fails none of them, and is logged', async () => {
    const { outcomes, logged } = await invokeFunctions({
      timeout: 1,
      rounds: [[{ key: 'crashLater' }], [{ key: 'hang' }], [{ key: 'crashLater' }]],
    });

    expect(outcomes).toMatchObject([
      { payload: 'done' },
      { code: 'function_timed_out' },
      { payload: 'done' },
    ]);
    expect(logged).toContain('crashLater: ended its own process with exit code 4, between two invocations');
  });

  test('that could not be loaded is replaced, so that a later instance can load', async () => {
    const servicePath = aServiceOf({
      'once.mjs': `import { existsSync, writeFileSync } from 'node:fs';
        const file = new URL('was-here', import.meta.url);
        if (!existsSync(file)) { writeFileSync(file, ''); throw new Error('not yet'); }
        export const handler = async () => 'loaded';`,
    });

    const { outcomes } = await invokeFunctions({
      servicePath,
      functions: { once: { handler: 'once.handler' } },
      rounds: [[{ key: 'once' }], [{ key: 'once' }]],
    });

    expect(outcomes).toMatchObject([{ code: 'function_failed', message: 'not yet' }, { payload: 'loaded' }]);
  });

  test('runs one invocation only with the option reloadHandler', async () => {
    const { outcomes } = await invokeFunctions({
      options: { reloadHandler: true },
      rounds: [invoked(), invoked()],
    });

    expect(outcomes).toEqual([{ payload: 1 }, { payload: 1 }]);
  });

  test('is ended when the event source stops', async () => {
    const { outcomes } = await invokeFunctions({
      rounds: [[{ key: 'alone' }], [{ key: 'hang' }, { key: 'alone' }]],
      closes: true,
    });

    expect(outcomes).toMatchObject([
      { payload: null },
      { code: 'invocation_failed' },
      { code: 'invocation_failed' },
    ]);
  });
});
