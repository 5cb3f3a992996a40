import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { freePort } from '../../local/process/ports.ts';
import { apiRequest } from '../support/api-request.ts';
import { type RunningStart, runScript, startOrderly } from '../support/npm-start.ts';

let orderly: RunningStart;

beforeAll(async () => {
  orderly = await startOrderly({ AUTH: 'local', ISSUER_PORT: `${await freePort()}` });
});
afterAll(async () => {
  await orderly?.stop();
});

test('tokens stay valid after every process was killed and started again, and only the owner of the key file can read it', async () => {
  const { exitCode, output } = await runScript(['token'], orderly.environment);
  await orderly.killEverything();

  await orderly.startAgain();

  const authorization = `Bearer ${output.trim()}`;
  const { status } = await apiRequest(orderly.apiUrl, 'GET', '/api/orders', undefined, { authorization });
  expect([exitCode, status]).toEqual([0, 200]);
  expect(statSync(join(orderly.stateDir, 'issuer-key.json')).mode & 0o777).toBe(0o600);
});
