import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { type SmokeOptions, smokeTest } from '../../../deployment/steps/smoke-test.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';

let api: Server | undefined;

afterEach(() => {
  api?.closeAllConnections();
  api?.close();
});

async function listen(listener: RequestListener): Promise<string> {
  api = createServer(listener).listen(0, LOCAL_HOST);
  await once(api, 'listening');
  const address = api.address();
  return `http://${LOCAL_HOST}:${typeof address === 'object' ? address?.port : ''}`;
}

const tryOut = (apiUrl: string, parts: Partial<SmokeOptions> = {}): Promise<string[]> =>
  smokeTest({
    apiUrl,
    isOpen: true,
    sendsOrder: false,
    token: undefined,
    healthTimeoutMs: 100,
    orderTimeoutMs: 100,
    ...parts,
  });

describe('the trial of a deployed API', () => {
  test('waits until it is healthy', async () => {
    let asked = 0;
    const apiUrl = await listen((_request, response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 503 : 200).end('{}');
    });

    expect(await tryOut(apiUrl, { healthTimeoutMs: 30_000 })).toEqual(['healthy']);
  });

  test('that is not healthy in time says what was answered', async () => {
    const apiUrl = await listen((_request, response) => {
      response.writeHead(503).end('{"status":"unhealthy","kafka":"away"}');
    });

    await expect(tryOut(apiUrl)).rejects.toMatchObject({
      code: 'deployment',
      message: `${apiUrl}/api/health is not healthy after 0.1 s. It answered: 503 {"status":"unhealthy","kafka":"away"}`,
    });
  });

  test('that nobody answers says why', async () => {
    const apiUrl = `http://${LOCAL_HOST}:${await freePort()}`;

    await expect(tryOut(apiUrl)).rejects.toThrow(/It answered: no answer \(connect ECONNREFUSED/);
  });

  test('whose order is refused says the answer', async () => {
    const apiUrl = await listen(({ url }, response) => {
      const isHealth = url === '/api/health';
      response.writeHead(isHealth ? 200 : 401).end(isHealth ? '{}' : '{"code":"unauthenticated"}');
    });

    await expect(tryOut(apiUrl, { sendsOrder: true })).rejects.toThrow(
      'was not accepted: 401 {"code":"unauthenticated"}',
    );
  });
});
