import { expect, test } from '@jest/globals';
import { LOCAL_HOST } from '../../../local/process/ports.ts';
import { sharedStart } from '../../support/npm-start.ts';
import { otlpBody } from '../../support/otlp.ts';
import { runCommand } from '../../support/script-command.ts';

test('npm start receives traces at TRACES_PORT, says how to print them, and npm run trace prints them', async () => {
  const orderly = await sharedStart();
  const { TRACES_PORT, STATE_DIR } = orderly.environment;
  const traceId = 'e2e'.padEnd(32, '0');

  const { status } = await fetch(`http://${LOCAL_HOST}:${TRACES_PORT}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(otlpBody([{ traceId, id: '1', name: 'POST /api/orders', orderId: 'traced' }])),
  });
  const printed = await runCommand('trace', ['traced'], { TRACES_PORT, STATE_DIR });

  expect(status).toBe(200);
  expect(printed).toMatchObject({ exitCode: 0, out: expect.stringContaining(`Trace ${traceId}`) });
  expect(await orderly.output()).toContain('\n  Traces      npm run trace -- first-order\n');
});
