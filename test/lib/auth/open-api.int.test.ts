import { beforeAll, expect, test } from '@jest/globals';
import * as z from 'zod';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { httpEventFile } from '../../support/events.ts';
import { startHandlerProcess } from '../../support/handler-process.ts';
import { startIssuer } from '../../support/issuer.ts';

/** Addresses without a listener. */
let servers: { readonly KAFKA_BROKERS: string; readonly DATABASE_URL: string };

beforeAll(async () => {
  const nowhere = `${LOCAL_HOST}:${await freePort()}`;
  servers = { KAFKA_BROKERS: nowhere, DATABASE_URL: `postgresql://nobody@${nowhere}/none` };
});

/** Returns the response of a function with this environment to a request without a token. */
async function answerWith(environment: Readonly<Record<string, string | undefined>>) {
  using process = startHandlerProcess({ ...servers, ...environment });
  const { answer } = await process.invoke('functions/http/list-orders.ts', httpEventFile('list-orders'));
  return { ...z.object({ statusCode: z.number() }).parse(answer), output: process.output() };
}

test.each([{}, { AUTH: 'jwt' }, { AUTH: 'local' }, { AUTH: '', AUTH_ISSUER: 'https://issuer.example' }])(
  'a stage other than local with the configuration %j requires a token',
  async (configuration) => {
    const { statusCode, output } = await answerWith({ STAGE: 'dev', ...configuration });

    expect(statusCode).toBe(500);
    expect(output).toContain('AUTH');
  },
);

test.each([undefined, ''])(
  'without a stage (%j) a token is required, even if an issuer is configured',
  async (STAGE) => {
    await using issuer = await startIssuer();

    const { statusCode, output } = await answerWith({ ...issuer.environment, AUTH: undefined, STAGE });

    expect(statusCode).toBe(500);
    expect(output).toContain('STAGE is missing');
  },
);

test('a laptop with a configured issuer requires a token', async () => {
  await using issuer = await startIssuer();

  const { statusCode } = await answerWith({ ...issuer.environment, AUTH: undefined, STAGE: 'local' });

  expect(statusCode).toBe(401);
});

test.each([{ STAGE: 'local' }, { STAGE: 'dev', AUTH: 'none' }])(
  'an open stage, with %j, requires no token: only its database is missing',
  async (environment) => {
    const { statusCode } = await answerWith(environment);

    expect(statusCode).toBe(503);
  },
);
