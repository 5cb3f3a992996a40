import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createKafkaClient } from '../../lib/kafka/client.ts';
import type { kafkajs } from '../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { retryUntilKnown } from '../../lib/kafka/topics/create-topics.ts';
import type { ProxiedListener } from '../../local/kafka/kafka-configuration.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import { sendSignal } from '../../local/process/process-table.ts';
import type { Server } from '../../local/process/server-process.ts';
import { kafkaId } from './prepared-data.ts';
import { type BrokerOptions, startBroker } from './start-broker.ts';
import { createTestState } from './test-state.ts';
import { until } from './until.ts';

/** One node. It keeps its port and its data from start to start. */
export interface KafkaNode {
  /** From 1. */
  readonly nodeId: number;
  /** host:port */
  readonly address: string;
  /** The pid of the current process. */
  readonly pid: number;
  /** kill -9; resolves when the process has ended. */
  kill(): Promise<void>;
  /** SIGTERM: hands its leaderships over first; resolves when the process has ended. */
  stop(): Promise<void>;
  /** SIGSTOP: connections stay open, and nothing is answered. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Starts the ended node again; resolves when it answers. */
  start(): Promise<void>;
}

/**
 * Three Kafka nodes, each a broker and a controller: three copies of each record, two of which must have it before it
 * is acknowledged. The controller fences a dead broker after 2 s (`broker.session.timeout.ms`; Kafka's default is 9 s).
 * Until then the dead broker counts as in sync, so no partition with a replica there acknowledges a write.
 */
export interface KafkaCluster extends AsyncDisposable {
  /** Sorted by id. */
  readonly nodes: readonly KafkaNode[];
  readonly brokers: string[];
  node(nodeId: number): KafkaNode;
  /** The leader's node id by partition; -1: none. */
  leaders(topic: string): Promise<number[]>;
  /** The node whose controller is active. */
  controller(): KafkaNode;
  /** The node that coordinates a consumer group. */
  coordinator(groupId: string): Promise<KafkaNode>;
  /** Moves the partition's leadership to another node; the old leader stays a replica. Resolves to the new leader. */
  moveLeader(topic: string, partition: number): Promise<number>;
  /** Resolves when other nodes lead all partitions of the topic that this node led: it has been fenced. */
  untilFenced(nodeId: number, topic: string): Promise<void>;
  /** Resolves when all nodes are registered and every copy of these topics is in sync. */
  untilInSync(topics: readonly string[]): Promise<void>;
}

export interface ClusterOptions {
  /** Broker settings that replace those of a test cluster. */
  readonly settings?: NonNullable<BrokerOptions['settings']>;
  /** A proxied listener for each node. */
  readonly proxied?: readonly ProxiedListener[];
  /** Directories with additional classes. */
  readonly classes?: readonly string[];
}

const NODE_IDS = [1, 2, 3];
const REQUEST_TIMEOUT_MS = 3_000;

/** Starts the nodes in parallel, each with its own state directory. */
export async function startKafkaCluster(options: ClusterOptions = {}): Promise<KafkaCluster> {
  const clusterId = kafkaId();
  const controllerPorts = await Promise.all(NODE_IDS.map(() => freePort()));
  await using scope = new AsyncDisposableStack();
  const starting = NODE_IDS.map(async (nodeId) => {
    const stateDirectory = createTestState();
    scope.defer(() => rmSync(stateDirectory, { recursive: true, force: true }));
    const port = await freePort();
    const launch = (): Promise<Server> =>
      startBroker({
        stateDirectory,
        port,
        proxied: options.proxied?.[nodeId - 1],
        membership: { clusterId, nodeId, controllerPorts },
        settings: options.settings ?? {},
        classes: options.classes ?? [],
      });
    const node = new LocalNode(nodeId, stateDirectory, await launch(), launch);
    scope.defer(() => node.kill());
    return node;
  });
  await Promise.allSettled(starting); // the scope can end only nodes that have started
  const cluster = new LocalCluster(await Promise.all(starting));
  await cluster.untilInSync([]);
  const started = scope.move();
  return Object.assign(cluster, { [Symbol.asyncDispose]: () => started.disposeAsync() });
}

class LocalNode implements KafkaNode {
  readonly nodeId: number;
  readonly address: string;
  readonly #stateDirectory: string;
  readonly #launch: () => Promise<Server>;
  #server: Server;

  constructor(nodeId: number, stateDirectory: string, server: Server, launch: () => Promise<Server>) {
    this.nodeId = nodeId;
    this.address = `${LOCAL_HOST}:${server.port}`;
    this.#stateDirectory = stateDirectory;
    this.#server = server;
    this.#launch = launch;
  }

  get pid(): number {
    return this.#server.pid;
  }

  async kill(): Promise<void> {
    this.#server.kill();
    await this.#server.stop(); // waits until the process has ended
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  freeze(): void {
    sendSignal(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    sendSignal(this.pid, 'SIGCONT');
  }

  async start(): Promise<void> {
    this.#server = await this.#launch();
  }

  /** Reads the elected controller from the quorum state of this node. Kafka's metadata protocol does not report it. */
  quorumState(): { leaderId: number; leaderEpoch: number } {
    const file = join(this.#stateDirectory, 'kafka/data/__cluster_metadata-0/quorum-state');
    return JSON.parse(readFileSync(file, 'utf8'));
  }
}

class LocalCluster implements Omit<KafkaCluster, keyof AsyncDisposable> {
  readonly nodes: readonly LocalNode[];
  readonly brokers: string[];

  constructor(nodes: readonly LocalNode[]) {
    this.nodes = nodes;
    this.brokers = nodes.map(({ address }) => address);
  }

  node(nodeId: number): KafkaNode {
    const node = this.nodes[nodeId - 1];
    if (!node) {
      throw new Error(`The cluster has no node ${nodeId}.`);
    }
    return node;
  }

  async leaders(topic: string): Promise<number[]> {
    const [found] = await this.#admin((admin) => describe(admin, [topic]));
    return (found ?? []).map(({ leader }) => leader);
  }

  controller(): KafkaNode {
    const states = this.nodes.map((node) => node.quorumState());
    const newest = states
      .toSorted((a, b) => b.leaderEpoch - a.leaderEpoch)
      .find(({ leaderId }) => leaderId > 0);
    return this.node(newest?.leaderId ?? 0);
  }

  /** The coordinator leads the partition of the group's positions: the absolute value of Java's hash of the group id, modulo the partitions. */
  async coordinator(groupId: string): Promise<KafkaNode> {
    const leaders = await this.leaders('__consumer_offsets');
    const hash = [...groupId].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 0);
    return this.node(leaders[Math.abs(hash) % leaders.length] ?? 0);
  }

  /** Removes the leader's replica and adds it again, because kafkajs cannot request an election. */
  async moveLeader(topic: string, partition: number): Promise<number> {
    return this.#admin(async (admin) => {
      const reassign = async (replicas: readonly number[]): Promise<void> => {
        await admin.alterPartitionReassignments({
          topics: [{ topic, partitionAssignment: [{ partition, replicas: [...replicas] }] }],
        });
        await until(`${topic}-${partition} has its copies at ${replicas}`, async () => {
          const [found] = await describe(admin, [topic]);
          const { isr, replicas: now } = found?.[partition] ?? { isr: [], replicas: [] };
          return sorted(now) === sorted(replicas) && sorted(isr) === sorted(replicas);
        });
      };
      const [before] = await describe(admin, [topic]);
      const left = before?.[partition]?.leader ?? -1;
      const others = NODE_IDS.filter((nodeId) => nodeId !== left);
      await reassign(others);
      await reassign([...others, left]);
      const [after] = await describe(admin, [topic]);
      return after?.[partition]?.leader ?? -1;
    });
  }

  async untilFenced(nodeId: number, topic: string): Promise<void> {
    await until(`node ${nodeId} leads no partition`, async () => {
      const leaders = await this.leaders(topic).catch(() => [nodeId]); // the request may go to the dead node
      return !leaders.includes(nodeId) && !leaders.includes(-1);
    });
  }

  async untilInSync(topics: readonly string[]): Promise<void> {
    await until('the cluster is complete and in sync', () =>
      this.#admin(async (admin) => {
        const { brokers } = await admin.describeCluster();
        const partitions = topics.length === 0 ? [] : (await describe(admin, topics)).flat();
        return (
          brokers.length === NODE_IDS.length &&
          partitions.every(({ isr, replicas }) => isr.length === replicas.length)
        );
      }).catch(() => false),
    );
  }

  async #admin<Result>(use: (admin: kafkajs.Admin) => Promise<Result>): Promise<Result> {
    const client = createKafkaClient({
      brokers: this.brokers,
      clientId: 'test-cluster',
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    });
    try {
      const admin = client.kafka.admin();
      await admin.connect();
      return await use(admin);
    } finally {
      client.destroy();
    }
  }
}

/** Waits if the broker that is asked does not know a new topic yet, although the leaders of the topic do. */
async function describe(
  admin: kafkajs.Admin,
  topics: readonly string[],
): Promise<kafkajs.PartitionMetadata[][]> {
  const { topics: found } = await retryUntilKnown(() => admin.fetchTopicMetadata({ topics: [...topics] }));
  return found.map(({ partitions }) => partitions.toSorted((a, b) => a.partitionId - b.partitionId));
}

const sorted = (ids: readonly number[]): string => ids.toSorted((a, b) => a - b).join();
