import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { copyService } from '../../test/support/service-copy.ts';
import { median } from '../median.ts';
import { type ColdFunction, type ColdTimes, openEnvironment, startCold } from './cold-process.ts';
import { benchSettings, type SettingCost } from './cold-start-settings.ts';
import { startOwnServers } from './own-servers.ts';
import { preparedEvents } from './prepared-events.ts';

export interface ColdStart {
  readonly functionName: string;
  /** Medians, from the first line of the bundle. */
  readonly loadMs: number;
  readonly answerMs: number;
  /** The same with `--enable-source-maps`, as deployed. */
  readonly answerWithMapsMs: number;
  /** The same with the start of Node. */
  readonly fromStartMs: number;
}

const ROUNDS = 15;

interface Bundled {
  readonly name: string;
  readonly handler: string;
  readonly event: () => unknown;
}

const sample = (file: string): (() => unknown) => {
  const event = JSON.parse(readFileSync(`events/${file}.json`, 'utf8'));
  return () => event;
};

const withoutWaiting = (event: () => unknown) => (): unknown => ({
  ...Object(event()),
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
  { name: 'orderHistory', handler: 'functions/http/order-history', event: sample('order-history') },
  { name: 'cancelOrder', handler: 'functions/http/cancel-order', event: sample('cancel-order') },
  { name: 'notFound', handler: 'functions/http/not-found', event: sample('not-found') },
  { name: 'metrics', handler: 'functions/http/metrics', event: sample('metrics') },
  { name: 'contracts', handler: 'functions/http/contracts', event: sample('contracts') },
  { name: 'reference', handler: 'functions/http/reference', event: sample('reference') },
  // stored orders cause no status event and no connection to Kafka
  {
    name: 'processOrders',
    handler: 'functions/kafka/process-orders',
    event: () => preparedEvents(1, 100)[0],
  },
  { name: 'fulfilOrders', handler: 'functions/kafka/fulfil-orders', event: sample('status-processing') },
  { name: 'retryOrders', handler: 'functions/scheduled/retry-orders', event: sample('scheduled') },
  { name: 'relayOutbox', handler: 'functions/scheduled/relay-outbox', event: sample('scheduled') },
  { name: 'prune', handler: 'functions/scheduled/prune', event: sample('scheduled') },
  { name: 'publishGauges', handler: 'functions/scheduled/publish-gauges', event: sample('scheduled') },
];

/**
 * Measures each packaged function in fresh processes, against local servers without TLS, from the first line to the answer.
 * The start of the Lambda environment and the network are not included. Then measures what settings add.
 */
export async function benchColdStart(): Promise<{ coldStarts: ColdStart[]; settings: SettingCost[] }> {
  await using servers = await startOwnServers();
  using service = copyService();
  const { exitCode, output } = await service.npmRunPackage();
  if (exitCode !== 0) {
    throw new Error(output);
  }
  const taskRoot = mkdtempSync(join(tmpdir(), 'orderly-cold-start-'));
  try {
    const functions = bundled.map(({ name, handler, event }): ColdFunction => {
      unpack(service.packaged(`${name}.zip`), join(taskRoot, name));
      return { name, file: join(taskRoot, name, `${handler}.js`), event };
    });
    const coldStarts: ColdStart[] = [];
    for (const each of functions) {
      coldStarts.push(await coldStart(each, openEnvironment(servers)));
    }
    return { coldStarts, settings: await benchSettings(functions, servers) };
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

async function coldStart(
  measured: ColdFunction,
  environment: Readonly<Record<string, string>>,
): Promise<ColdStart> {
  const rounds = async (options: readonly string[]): Promise<ColdTimes[]> => {
    const times: ColdTimes[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      times.push(await startCold(measured, { environment, options }));
    }
    return times;
  };
  const plain = await rounds([]);
  const maps = await rounds(['--enable-source-maps']);
  return {
    functionName: measured.name,
    loadMs: median(plain.map(({ loadMs }) => loadMs)),
    answerMs: median(plain.map(({ answerMs }) => answerMs)),
    answerWithMapsMs: median(maps.map(({ answerMs }) => answerMs)),
    fromStartMs: median(maps.map(({ fromStartMs }) => fromStartMs)),
  };
}
