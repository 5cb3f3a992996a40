import { once } from 'node:events';
import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bulkResponse, orderResponse } from '../../../lib/http/command-responses.ts';
import { publishCommands } from '../../../lib/idempotency/publish-commands.ts';
import { createProducer, type Producer } from '../../../lib/kafka/producer/producer.ts';
import type { TopicValues } from '../../../lib/kafka/topics/topics.ts';
import { acceptOrder } from '../../../lib/orders/accepted-command.ts';
import { randomIds } from '../../../lib/orders/ids.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';
import { type ConnectionCount, countConnections, LATEST_ANSWER_MS } from '../../support/connection-count.ts';
import { freshTopic, readTopic } from '../../support/kafka.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka-cluster.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';
import { startTcpProxy, type TcpProxy } from '../integrity/cluster/tcp-proxy.ts';

const DEADLINE_MS = 4_000;
/** Orders that the unreachable broker delays are rejected at the deadline. */
const SOON_MS = DEADLINE_MS / 2;

let cluster: KafkaCluster;
/** The port on which each node listens for its proxy. */
let ports: number[];
/** The proxy through which clients reach each node. */
let proxies: TcpProxy[];
let brokers: string[];
let connections: ConnectionCount;

beforeAll(async () => {
  ports = await Promise.all([freePort(), freePort(), freePort()]);
  proxies = await Promise.all(ports.map((port) => startTcpProxy(port)));
  cluster = await startKafkaCluster({
    proxied: ports.map((port, index) => ({ port, advertisedPort: proxies[index]?.port ?? 0 })),
  });
  brokers = proxies.map(({ port }) => `${LOCAL_HOST}:${port}`);
  await ensureOrdersTopic(cluster.brokers);
  connections = countConnections();
});
afterAll(async () => {
  connections[Symbol.dispose]();
  await cluster[Symbol.asyncDispose]();
  await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
});

const newProducer = (): Producer<TopicValues> =>
  createProducer<TopicValues>({ brokers, clientId: 'cluster-test', deadlineMs: DEADLINE_MS });

async function sendOrders(producer: Producer<TopicValues>, count: number) {
  const commands = Array.from({ length: count }, (_, index) =>
    acceptOrder(
      { customer_id: 'c', product_id: 'p', quantity: 1, price: 100 },
      index,
      randomIds,
      systemClock,
    ),
  );
  return { results: await publishCommands(producer, commands), replayed: false };
}

/** Sends a bulk. Returns the number of accepted orders, and the response. */
async function sendBulk(producer: Producer<TopicValues>) {
  const { statusCode, body = '' } = bulkResponse(await sendOrders(producer, 600));
  const { accepted, failed, results }: { accepted: number; failed: number; results: { code?: string }[] } =
    JSON.parse(body);
  return { statusCode, accepted, failed, codes: new Set(results.map(({ code }) => code)) };
}

/** Sends one order per partition. Returns the partitions whose orders were accepted soon. */
async function acceptedSoon(producer: Producer<TopicValues>): Promise<Set<number>> {
  const partitions = new Set<number>();
  const within = AbortSignal.timeout(SOON_MS);
  const sending = Array.from({ length: 60 }, async () => {
    const accepted = await sendOrders(producer, 1);
    const [result] = accepted.results;
    if (result?.acknowledged && result.at && !within.aborted) {
      expect(orderResponse(accepted).statusCode).toBe(202);
      partitions.add(result.at.partition);
    }
  });
  await Promise.all(sending);
  return partitions;
}

describe.each([
  ['refuses connections', false],
  ['accepts connections and never answers', true],
])('a broker that only this program cannot reach, because its proxy %s', (_how, isMute) => {
  test('delays only the orders for its own partitions, and the others keep their connections', async () => {
    await using producer = newProducer();
    await sendOrders(producer, 100);
    const leaders = await cluster.leaders('orders');
    const cutOff = 2;
    const port = proxies[cutOff - 1]?.port ?? 0;
    const expected = [...leaders.keys()].filter((partition) => leaders[partition] !== cutOff);
    expect(expected.length).toBeLessThan(leaders.length);

    await proxies[cutOff - 1]?.[Symbol.asyncDispose]();
    await using mute = isMute ? await listenAndSayNothing(port) : undefined;
    connections.reset();
    const [bulk, soon] = await Promise.all([sendBulk(producer), acceptedSoon(producer)]);
    const replaced = brokers.map((broker) => replacedWhileAnswering(broker));
    await mute?.[Symbol.asyncDispose]();
    proxies[cutOff - 1] = await startTcpProxy(ports[cutOff - 1] ?? 0, port);
    const afterwards = await sendBulk(producer);

    expect([...soon].sort()).toEqual(expected);
    expect(bulk).toMatchObject({ statusCode: 207, codes: new Set([undefined, 'kafka_unavailable']) });
    expect(bulk.accepted + bulk.failed).toBe(600);
    expect(replaced.filter((_, index) => index !== cutOff - 1)).toEqual([0, 0]);
    expect(afterwards).toMatchObject({ statusCode: 202, accepted: 600 });
  });
});

/** Returns how many new connections to a broker did not replace the connection of a late broker. */
function replacedWhileAnswering(broker: string): number {
  const late = connections.silencesBeforeClose(broker).filter((ms) => ms > LATEST_ANSWER_MS);
  return Math.max(0, connections.to(broker) - late.length);
}

async function listenAndSayNothing(port: number): Promise<AsyncDisposable> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(port, LOCAL_HOST);
  await once(server, 'listening');
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
      await once(server, 'close');
    },
  };
}

test('while leaders move and one is killed, the messages of each key keep their order and none is lost', async () => {
  const topic = await freshTopic(6, cluster.brokers);
  await using producer = createProducer<Record<string, number>>({
    brokers,
    clientId: 'order-test',
    deadlineMs: 20_000,
  });
  const keys = Array.from({ length: 12 }, (_, index) => `key-${index}`);
  let isOver = false;
  let next = 0;
  const sending: Promise<unknown>[] = [];
  const load = (async () => {
    for (; !isOver; next += 1) {
      sending.push(...keys.map((key) => producer.send(topic, { key, value: next })));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();

  await cluster.moveLeader(topic, 0);
  await cluster.moveLeader(topic, 3);
  const [leader = 1] = await cluster.leaders(topic);
  await cluster.node(leader).kill();
  await cluster.node(leader).start();
  await cluster.untilInSync([topic]);
  isOver = true;
  await load;
  await Promise.all(sending);

  const records = await readTopic(topic, cluster.brokers);
  for (const key of keys) {
    const values = records.filter((record) => record.key === key).map(({ value }) => Number(value));
    // A retry sends the same batch again: values may repeat, but none is skipped.
    const firsts = [...new Set(values)];
    expect(firsts).toEqual(Array.from({ length: next }, (_, value) => value));
  }
});
