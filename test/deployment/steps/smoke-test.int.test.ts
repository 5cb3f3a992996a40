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

const run = (apiUrl: string, parts: Partial<SmokeOptions> = {}): Promise<string[]> =>
  smokeTest({
    apiUrl,
    isOpen: true,
    sendsOrder: false,
    token: undefined,
    healthTimeoutMs: 100,
    orderTimeoutMs: 100,
    ...parts,
  });

describe('the smoke test of a deployed API', () => {
  test('waits until the API is healthy', async () => {
    let asked = 0;
    const apiUrl = await listen((_request, response) => {
      asked += 1;
      response.writeHead(asked === 1 ? 503 : 200).end('{}');
    });

    expect(await run(apiUrl, { healthTimeoutMs: 30_000 })).toEqual(['healthy']);
  });

  test('reports the answer of an API that is not healthy in time', async () => {
    const apiUrl = await listen((_request, response) => {
      response.writeHead(503).end('{"status":"unhealthy","kafka":"away"}');
    });

    await expect(run(apiUrl)).rejects.toMatchObject({
      code: 'deployment',
      message: `${apiUrl}/api/health is not healthy after 0.1 s. It answered: 503 {"status":"unhealthy","kafka":"away"}`,
    });
  });

  test('reports why an API does not respond', async () => {
    const apiUrl = `http://${LOCAL_HOST}:${await freePort()}`;

    await expect(run(apiUrl)).rejects.toThrow(/It answered: no answer \(connect ECONNREFUSED/);
  });

  test('reports the answer that rejects its order', async () => {
    const apiUrl = await listen(({ url }, response) => {
      const isHealth = url === '/api/health';
      response.writeHead(isHealth ? 200 : 401).end(isHealth ? '{}' : '{"code":"unauthenticated"}');
    });

    await expect(run(apiUrl, { sendsOrder: true })).rejects.toThrow(
      'was not accepted: 401 {"code":"unauthenticated"}',
    );
  });
});
