import { setTimeout as delay } from 'node:timers/promises';
import { topics } from '../../../../lib/kafka/topics/topics.ts';
import type { KafkaCluster, KafkaNode } from '../../../support/kafka-cluster.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Fault } from './fault.ts';
import { type Injection, inBatches, type Strike } from './in-batches.ts';

/**
 * Resolves when the node is back and in sync. Acknowledgement needs two of three nodes, so no second one may fail
 * before.
 */
export async function loseBroker(
  injection: Injection,
  { how, of, lastsMs }: Extract<Fault, { kind: 'lose-broker' }>,
): Promise<Strike> {
  const nodes = nodesOf(injection.cluster);
  const node = of === 'controller' ? nodes.controller() : await busiest(nodes);
  const led = (await nodes.leaders('orders')).filter((nodeId) => nodeId === node.nodeId).length;
  const strike = await inBatches(injection, () => node[how]());
  await delay(lastsMs);
  await (how === 'kill' ? node.start() : node.thaw());
  await nodes.untilInSync(Object.keys(topics));
  return { met: strike.met, seen: `node ${node.nodeId}, leader of ${led} partitions, ${strike.seen}` };
}

export async function moveLeader(injection: Injection, partition: number): Promise<Strike> {
  const nodes = nodesOf(injection.cluster);
  const before = (await nodes.leaders('orders'))[partition];
  let after: number | undefined;
  const strike = await inBatches(injection, async () => {
    after = await nodes.moveLeader('orders', partition);
  });
  return {
    met: strike.met && after !== before,
    seen: `from node ${before} to node ${after}, ${strike.seen}`,
  };
}

function nodesOf({ nodes }: Cluster): KafkaCluster {
  if (!nodes) {
    throw new Error('This fault needs a Kafka of three brokers.');
  }
  return nodes;
}

/** Returns the node that leads most partitions, without the active controller. */
async function busiest(nodes: KafkaCluster): Promise<KafkaNode> {
  const leaders = await nodes.leaders('orders');
  const led = (nodeId: number): number => leaders.filter((leader) => leader === nodeId).length;
  const controller = nodes.controller();
  const [most] = nodes.nodes
    .filter((node) => node !== controller)
    .toSorted((a, b) => led(b.nodeId) - led(a.nodeId));
  return most ?? controller;
}
