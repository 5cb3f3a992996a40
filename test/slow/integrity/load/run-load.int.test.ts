import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topics } from '../../../../lib/kafka/topics/topics.ts';
import { ensureTopics } from '../../../../local/kafka/ensure-topics.ts';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { type OwnServers, ownServers } from '../../../support/own-servers.ts';
import { ordersRecord } from '../checker/read-records.ts';
import { readTopic } from '../checker/read-topic.ts';
import { Journal } from '../journal.ts';
import { createRandom } from '../random.ts';
import { planLoad } from './plan-load.ts';
import type { PlannedCommand, PlannedRequest } from './planned-load.ts';
import { poisonMessages } from './poison.ts';
import { runLoad } from './run-load.ts';

let servers: OwnServers;
let brokers: string[];
let directory: string;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'load-'));
  servers = ownServers();
  const { port } = await servers.startKafka();
  brokers = [`${LOCAL_HOST}:${port}`];
  await ensureTopics(brokers, topics);
});
afterAll(async () => {
  await servers[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

interface ReceivedRequest {
  readonly path: string;
  readonly key: string | undefined;
  readonly body: unknown;
}

/** Starts a fake API that answers each request with `answer`. */
async function startApi(
  answer: (received: ReceivedRequest, response: http.ServerResponse) => void,
): Promise<AsyncDisposable & { url: string; received: ReceivedRequest[] }> {
  const received: ReceivedRequest[] = [];
  const server = http.createServer(async (request, response) => {
    const isEmpty = request.headers['content-type'] === undefined;
    const key = request.headers['idempotency-key'];
    const entry = {
      path: request.url ?? '',
      key: key?.toString(),
      body: isEmpty ? null : await json(request),
    };
    received.push(entry);
    answer(entry, response);
  });
  server.listen(await freePort(), LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://${LOCAL_HOST}:${typeof address === 'object' ? address?.port : ''}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

const pending = (order: unknown): object => ({ ...Object(order), status: 'PENDING' });

/** Acknowledges a request as the API does. */
function accept({ path, body }: ReceivedRequest, response: http.ServerResponse): void {
  if (path.endsWith('/cancel')) {
    send(response, 202, { order_id: path.split('/')[3], event_id: `event of ${path}` });
    return;
  }
  send(response, 202, Array.isArray(body) ? { results: body.map(pending) } : pending(body));
}

const commandsOf = (request: PlannedRequest): readonly PlannedCommand[] => request.commands;

/** Returns the keys of the records that the plain producer sends for a command. */
const keysOf = (command: PlannedCommand): (string | undefined)[] =>
  command.kind === 'poison'
    ? poisonMessages(command.poison, command.key).map(() => command.key)
    : [command.id.split('/')[0]];

test('every planned request is sent again, unchanged, until it is acknowledged', async () => {
  const seen = new Map<string, number>();
  await using api = await startApi((received, response) => {
    const name = JSON.stringify(received);
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    const { body } = received;
    if (times > 1) {
      accept(received, response);
    } else if (Array.isArray(body)) {
      const results = body.map((order, index) =>
        index === 0 ? pending(order) : { code: 'kafka_unavailable' },
      );
      send(response, 207, { results });
    } else if (seen.size % 2 === 0) {
      send(response, 503, { code: 'kafka_unavailable' });
    } else {
      response.destroy();
    }
  });
  const plan = planLoad(createRandom(5), { orders: 400 });
  await using journal = new Journal(join(directory, 'all.jsonl'));

  await runLoad(plan, {
    apiUrls: () => [api.url],
    brokers,
    journal,
    signal: new AbortController().signal,
    ratePerSecond: 2_000,
  });

  const overHttp = plan.requests.filter(({ route }) => route !== 'plain');
  expect(new Set(journal.acknowledged.keys())).toEqual(new Set(plan.commands.keys()));
  expect(seen.size).toBe(overHttp.length);
  expect([...seen.values()].every((times) => times === 2)).toBe(true);
  expect(journal.failures.get('503')).toBeGreaterThan(0);
  expect(journal.failures.get('207')).toBeGreaterThan(0);
  expect(journal.failures.get('UND_ERR_SOCKET')).toBeGreaterThan(0);
  expect(journal.requestsInFlight).toBe(0);
  const cancel = [...plan.commands.values()].find(({ kind }) => kind === 'cancel');
  expect(journal.acknowledged.get(cancel?.id ?? '')?.eventId).toMatch(/^event of .*\/cancel$/);

  const plain = plan.requests.filter(({ route }) => route === 'plain').flatMap(commandsOf);
  const records = await readTopic(brokers, 'orders', ordersRecord);
  expect(records.map(({ key }) => key).sort()).toEqual(plain.flatMap(keysOf).sort());
});

test('a cancel is sent once its order is acknowledged', async () => {
  const acknowledged = new Set<string>();
  const cancels: { readonly orderId: string; readonly isEarly: boolean }[] = [];
  await using api = await startApi((received, response) => {
    if (received.path.endsWith('/cancel')) {
      const orderId = `${received.path.split('/')[3]}`;
      cancels.push({ orderId, isEarly: overHttp.has(orderId) && !acknowledged.has(orderId) });
      accept(received, response);
      return;
    }
    // late enough that a cancel without waiting would arrive first
    setTimeout(() => {
      for (const order of [received.body].flat()) {
        acknowledged.add(Object(order).order_id);
      }
      accept(received, response);
    }, 100);
  });
  const plan = planLoad(createRandom(5), { orders: 400 });
  const overHttp = new Set(
    plan.requests
      .filter(({ route }) => route === 'single' || route === 'bulk')
      .flatMap(commandsOf)
      .map(({ id }) => id),
  );
  await using journal = new Journal(join(directory, 'cancels.jsonl'));

  await runLoad(plan, {
    apiUrls: () => [api.url],
    brokers,
    journal,
    signal: new AbortController().signal,
    ratePerSecond: 2_000,
  });

  expect(cancels.filter(({ orderId }) => overHttp.has(orderId)).length).toBeGreaterThan(0);
  expect(cancels.filter(({ isEarly }) => isEarly)).toEqual([]);
});

test('a 4xx answer ends the load with an error', async () => {
  await using api = await startApi((_, response) => send(response, 400, { code: 'validation_failed' }));
  await using journal = new Journal(join(directory, 'wrong.jsonl'));
  const plan = planLoad(createRandom(5), { orders: 50 });

  const run = runLoad(plan, {
    apiUrls: () => [api.url],
    brokers,
    journal,
    signal: new AbortController().signal,
    ratePerSecond: 2_000,
  });

  await expect(run).rejects.toThrow('answered 400 to a request of the plan');
});

test('an aborted load ends soon, even without answers', async () => {
  await using api = await startApi((_, response) => send(response, 503, {}));
  await using journal = new Journal(join(directory, 'stopped.jsonl'));
  const plan = planLoad(createRandom(5), { orders: 200 });
  const stop = new AbortController();

  const run = runLoad(plan, { apiUrls: () => [api.url], brokers, journal, signal: stop.signal });
  stop.abort(new Error('enough'));

  await expect(run).rejects.toThrow('enough');
  expect(journal.requestsInFlight).toBe(0);
});
