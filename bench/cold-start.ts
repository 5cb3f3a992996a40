import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { unzipSync } from 'fflate';
import * as z from 'zod';
import { LOCAL_HOST } from '../local/ports.ts';
import { copyService } from '../test/support/service-copy.ts';
import { median } from './median.ts';
import { type OwnServers, startOwnServers } from './own-servers.ts';
import { preparedEvents } from './prepared-events.ts';

export interface ColdStart {
  readonly functionName: string;
  /** Medians, from the moment when the process begins with our code. */
  readonly loadMs: number;
  readonly answerMs: number;
  /** The same with `--enable-source-maps`, as it is deployed. */
  readonly answerWithMapsMs: number;
}

const ROUNDS = 15;
const REMAINING_MS = 30_000;

/** What Lambda's runtime does: require the handler, call it once. Prints when it had loaded, and when it had the answer. */
const RUNTIME = `
const startedAt = performance.now();
const { handler } = require(process.argv[1]);
const loadedAt = performance.now();
const context = { awsRequestId: 'cold-start', getRemainingTimeInMillis: () => ${REMAINING_MS} };
process.stdin.once('data', async (event) => {
  const calledAt = performance.now();
  const answer = await handler(JSON.parse(event), context);
  const answeredAt = performance.now();
  process.stderr.write(JSON.stringify({
    loadMs: loadedAt - startedAt,
    answerMs: loadedAt - startedAt + answeredAt - calledAt,
    status: answer?.statusCode,
  }), () => process.exit());
});`;

const measured = z.object({ loadMs: z.number(), answerMs: z.number(), status: z.number().optional() });

interface Bundled {
  readonly name: string;
  readonly handler: string;
  readonly event: unknown;
}

const sample = (file: string): unknown => JSON.parse(readFileSync(`events/${file}.json`, 'utf8'));

const withoutWaiting = (event: unknown): unknown => ({
  ...Object(event),
  rawQueryString: '',
  queryStringParameters: {},
});

const bundled: readonly Bundled[] = [
  { name: 'welcome', handler: 'functions/http/welcome', event: sample('welcome') },
  { name: 'health', handler: 'functions/http/health', event: sample('health') },
  { name: 'createOrder', handler: 'functions/http/create-order', event: sample('create-order') },
  {
    name: 'createOrdersBulk',
    handler: 'functions/http/create-orders-bulk',
    event: sample('create-orders-bulk'),
  },
  { name: 'getOrder', handler: 'functions/http/get-order', event: withoutWaiting(sample('get-order')) },
  { name: 'listOrders', handler: 'functions/http/list-orders', event: sample('list-orders') },
  { name: 'cancelOrder', handler: 'functions/http/cancel-order', event: sample('cancel-order') },
  { name: 'processOrders', handler: 'functions/kafka/process-orders', event: preparedEvents(1, 100)[0] },
  { name: 'relayOutbox', handler: 'functions/scheduled/relay-outbox', event: sample('scheduled') },
];

/**
 * Each packaged function in fresh processes, against servers without TLS on this machine: from its first line to its
 * answer. What Lambda does before that, and the way to servers elsewhere, are not in it.
 */
export async function benchColdStart(): Promise<ColdStart[]> {
  await using servers = await startOwnServers();
  using service = copyService();
  const { exitCode, output } = await service.npmRunPackage();
  if (exitCode !== 0) {
    throw new Error(output);
  }
  const taskRoot = mkdtempSync(join(tmpdir(), 'orderly-cold-start-'));
  try {
    const results: ColdStart[] = [];
    for (const { name, handler, event } of bundled) {
      unpack(service.packaged(`${name}.zip`), join(taskRoot, name));
      const file = join(taskRoot, name, `${handler}.js`);
      const runs = {
        plain: await rounds(file, event, servers, []),
        maps: await rounds(file, event, servers, ['--enable-source-maps']),
      };
      results.push({
        functionName: name,
        loadMs: median(runs.plain.map(({ loadMs }) => loadMs)),
        answerMs: median(runs.plain.map(({ answerMs }) => answerMs)),
        answerWithMapsMs: median(runs.maps.map(({ answerMs }) => answerMs)),
      });
    }
    return results;
  } finally {
    rmSync(taskRoot, { recursive: true, force: true });
  }
}

function unpack(zip: Uint8Array, directory: string): void {
  for (const [path, content] of Object.entries(unzipSync(zip))) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

async function rounds(
  file: string,
  event: unknown,
  { brokers, databaseUrl }: OwnServers,
  options: readonly string[],
): Promise<z.infer<typeof measured>[]> {
  const environment = {
    STAGE: 'cold-start',
    AUTH: 'none',
    KAFKA_BROKERS: brokers.join(),
    DATABASE_URL: databaseUrl.replace('localhost', LOCAL_HOST),
    LOG_LEVEL: 'info',
  };
  const results: z.infer<typeof measured>[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const child = spawn(
      process.execPath,
      [...options, '--disable-warning=TimeoutNegativeWarning', '-e', RUNTIME, file],
      {
        env: environment,
        stdio: ['pipe', 'ignore', 'pipe'],
      },
    );
    child.stdin.end(JSON.stringify(event));
    const result = measured.parse(JSON.parse(await text(child.stderr)));
    if (result.status !== undefined && result.status >= 500) {
      throw new Error(`${file} answered ${result.status}.`);
    }
    results.push(result);
  }
  return results;
}
