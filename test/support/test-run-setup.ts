import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startLogRecord } from './log-record/check-log-record.ts';
import { TEST_RUN_URL } from './test-run.ts';

/**
 * Starts, before all tests, an HTTP server that creates shared resources once, on the first request of a test file. It
 * runs in Jest's own process, so its resources end with the run.
 */
export default async function setup(): Promise<void> {
  startLogRecord();
  const server = createServer(async (request, response) => {
    try {
      response.end(await make(decodeURIComponent((request.url ?? '/').slice(1))));
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  server.requestTimeout = 0; // a start on a busy machine takes longer than the default
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  removals.push(() => server.close());
  process.env[TEST_RUN_URL] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.once('exit', removeMade);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => setImmediate(() => process.exit(130))); // runs after the listeners of other set-ups
  }
}

type Made = { readonly answer: string; readonly remove: () => void };

const made = new Map<string, Promise<Made>>();
const removals: (() => void)[] = [];

async function make(name: string): Promise<string> {
  const [kind = '', detail = ''] = name.split('/');
  if (kind === 'output') {
    return (await outputOfStart?.()) ?? '';
  }
  let making = made.get(name);
  if (!making) {
    making = kind === 'package' ? makePackage(detail) : makeStart();
    made.set(name, making);
    making.then(({ remove }) => removals.push(remove)).catch(() => undefined);
  }
  return (await making).answer;
}

// Imported on demand, because most runs of single unit tests do not need it.
async function makePackage(name: string): Promise<Made> {
  const { isVariantName, packageVariant } = await import('./packaged-templates.ts');
  if (!isVariantName(name)) {
    throw new Error(`There is no variant "${name}" in packaged-templates.ts.`);
  }
  const directory = await packageVariant(name);
  return { answer: directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

let outputOfStart: (() => string) | undefined;

async function makeStart(): Promise<Made> {
  const { startOrderly, settingsOf } = await import('./npm-start.ts');
  const { killRecorded } = await import('./test-state.ts');
  const orderly = await startOrderly();
  outputOfStart = orderly.output;
  return {
    answer: JSON.stringify(settingsOf(orderly)),
    remove: () => {
      killRecorded(orderly.stateDir);
      rmSync(orderly.stateDir, { recursive: true, force: true });
    },
  };
}

/** Stops the processes and removes the files that were created. In watch mode another run follows. */
export function removeMade(): void {
  made.clear();
  for (const remove of removals.splice(0)) {
    remove();
  }
}
