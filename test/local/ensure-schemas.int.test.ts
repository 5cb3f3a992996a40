import { expect, test } from '@jest/globals';
import type { Output } from '../../cli/output.ts';
import { ensureSchemas } from '../../local/ensure-schemas.ts';
import { freePort } from '../../local/process/ports.ts';
import { startRegistryServer } from '../support/registry-server.ts';

function anOutput(): Output & { readonly lines: string[] } {
  const lines: string[] = [];
  const print = (line: string): void => void lines.push(line);
  return { lines, step: print, warn: (line) => print(`! ${line}`), print };
}

test('registers the schemas and prints their subjects', async () => {
  await using registry = await startRegistryServer();
  const output = anOutput();

  await ensureSchemas(registry.url, output);

  expect(output.lines).toEqual([
    'Registered the schemas: orders-order-record, orders-cancel-record, orders-retry-record, orders.status-status-event',
  ]);
});

test('an unavailable registry is a warning that names its URL, and nothing fails', async () => {
  const port = await freePort();
  const output = anOutput();

  await ensureSchemas(`http://127.0.0.1:${port}`, output);

  expect(output.lines).toEqual([
    `! The schemas are not registered: POST http://127.0.0.1:${port}/subjects/orders-order-record/versions at the schema registry failed: connect ECONNREFUSED 127.0.0.1:${port}. Check SCHEMA_REGISTRY_URL, or see docs/contracts.md#schema-registry.`,
  ]);
});
