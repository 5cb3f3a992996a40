import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { LOCAL_HOST } from '../../../local/process/ports.ts';
import { httpEventFile } from '../../support/events.ts';
import { run } from '../../support/invoke-local.ts';
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

test('serverless invoke local sends its spans before its process ends', async () => {
  const { environment } = await sharedStart();
  const { TRACES_PORT, STATE_DIR } = environment;

  // Its own order: another file counts the records of the sample order.
  const orderId = 'traced-locally';
  const event = httpEventFile('create-order');
  const body = JSON.stringify({ ...JSON.parse(event.body ?? ''), order_id: orderId });
  const path = join(`${STATE_DIR}`, `${orderId}.json`);
  writeFileSync(path, JSON.stringify({ ...event, body }));

  const invocation = await run(`npx serverless invoke local -f createOrder -p ${path}`, {
    ...environment,
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://${LOCAL_HOST}:${TRACES_PORT}`,
    OTEL_TRACES_SAMPLER_ARG: '1',
  });

  expect(invocation).toMatchObject({ exitCode: 0 });
  const printed = await runCommand('trace', [orderId], { TRACES_PORT, STATE_DIR });
  expect(printed).toMatchObject({ exitCode: 0, out: expect.stringContaining('POST /api/orders') });
});
