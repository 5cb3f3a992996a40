import { startKafka } from '../../../../local/kafka/kafka-server.ts';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka-cluster.ts';
import { kafkaDistribution } from '../../../support/test-state.ts';
import { startTarget, type Target } from './target.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

export type BrokerCount = 1 | 3;

/** Kafka as a target of faults: one node, or three that faults hit together or one by one. */
export interface KafkaPart {
  readonly kafka: Target;
  /** Only with three nodes. */
  readonly nodes: KafkaCluster | undefined;
  readonly proxy: TcpProxy;
  /** host:port of each node: without its proxy, and through it. */
  readonly direct: readonly string[];
  readonly proxied: readonly string[];
}

/** A single node stops through its record in the state directory. Three nodes and the proxies stop with `scope`. */
export async function startKafkaPart(
  brokers: BrokerCount,
  stateDirectory: string,
  scope: AsyncDisposableStack,
): Promise<KafkaPart> {
  const ports = await Promise.all(Array.from({ length: brokers }, () => freePort()));
  const proxies = await Promise.all(ports.map(async (port) => scope.use(await startTcpProxy(port))));
  const listeners = ports.map((port, index) => ({ port, advertisedPort: proxies[index]?.port ?? 0 }));
  const proxied = proxies.map(({ port }) => `${LOCAL_HOST}:${port}`);
  const proxy = allOf(proxies);
  if (brokers === 3) {
    const nodes = scope.use(await startKafkaCluster({ proxied: listeners }));
    return { kafka: targetOf(nodes), nodes, proxy, direct: nodes.brokers, proxied };
  }
  const distribution = await kafkaDistribution();
  const port = await freePort();
  const kafka = await startTarget('kafka', () =>
    startKafka({ stateDirectory, distribution, port, proxied: listeners[0], startedBy: 'start' }),
  );
  return { kafka, nodes: undefined, proxy, direct: [`${LOCAL_HOST}:${port}`], proxied };
}

/** All nodes at once. */
function targetOf({ nodes }: KafkaCluster): Target {
  return {
    name: 'kafka',
    get pid() {
      return nodes[0]?.pid ?? 0;
    },
    pids: () => nodes.map(({ pid }) => pid),
    kill: async () => {
      await Promise.all(nodes.map((node) => node.kill()));
    },
    freeze: () => {
      for (const node of nodes) {
        node.freeze();
      }
    },
    thaw: () => {
      for (const node of nodes) {
        node.thaw();
      }
    },
    start: async () => {
      await Promise.all(nodes.map((node) => node.start()));
    },
  };
}

/** Combines the proxies of all nodes. The fault is over when one proxy has cut its number of answers. */
function allOf(proxies: readonly TcpProxy[]): TcpProxy {
  return {
    port: proxies[0]?.port ?? 0,
    connections: () => proxies.reduce((sum, proxy) => sum + proxy.connections(), 0),
    openedConnections: () => proxies.reduce((sum, proxy) => sum + proxy.openedConnections(), 0),
    begin: (fault) => {
      const disturbances = proxies.map((proxy) => proxy.begin(fault));
      return {
        isOver: () => disturbances.some((disturbance) => disturbance.isOver()),
        answersLeft: () => Math.min(...disturbances.map((disturbance) => disturbance.answersLeft())),
        end: () => {
          for (const disturbance of disturbances) {
            disturbance.end();
          }
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(proxies.map((proxy) => proxy[Symbol.asyncDispose]()));
    },
  };
}
