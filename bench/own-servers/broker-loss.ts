import { setTimeout as delay } from 'node:timers/promises';
import { type PublishedCommand, publishCommands } from '../../lib/idempotency/publish-commands.ts';
import { createProducer } from '../../lib/kafka/producer/producer.ts';
import { type TopicValues, topics } from '../../lib/kafka/topics/topics.ts';
import { type AcceptedCommand, acceptOrder } from '../../lib/orders/accepted-command.ts';
import { randomIds } from '../../lib/orders/ids.ts';
import type { OrderRecord } from '../../lib/orders/order-record.ts';
import { systemClock } from '../../lib/time/clock.ts';
import { ensureTopics } from '../../local/kafka/ensure-topics.ts';
import { countConnections } from '../../test/support/connection-count.ts';
import { readTopic } from '../../test/support/kafka.ts';
import type { KafkaCluster, KafkaNode } from '../../test/support/kafka-cluster.ts';

/** The kind of broker loss: kill -9, SIGSTOP or SIGTERM, of an idle or the active controller. */
export interface Loss {
  readonly how: 'kill' | 'freeze' | 'stop';
  readonly ofController?: boolean;
}

export interface LoadPlan {
  readonly beforeSeconds: number;
  readonly afterSeconds: number;
  readonly singlesPerSecond: number;
  readonly bulksPerSecond: number;
  readonly ordersPerBulk: number;
}

/** The orders sent in one second, counted from the loss. */
export interface LoadSecond {
  readonly second: number;
  readonly singles: Share;
  readonly bulkOrders: Share;
  /** The duration of the slowest answer to an order of this second. */
  readonly slowestMs: number;
}

export interface Share {
  readonly sent: number;
  readonly accepted: number;
}

export interface BrokerLossResult {
  readonly seconds: readonly LoadSecond[];
  /** From the loss until the last answer that took longer than a second or rejected an order; 0 if there was none. */
  readonly disturbedMs: number;
  readonly connections: readonly BrokerConnections[];
  /** Orders that were accepted and are not on the topic. */
  readonly lost: number;
  /** Orders that are on the topic as two different commands. */
  readonly doubled: number;
  /** Records that repeat a command. The event id makes consumers skip them. */
  readonly repeated: number;
}

/** Connections of the producer, including refused attempts. */
export interface BrokerConnections {
  readonly broker: string;
  readonly isLost: boolean;
  readonly openedBefore: number;
  readonly openedSince: number;
  /** The silence before each close of a connection: the time since the last received bytes. */
  readonly silencesBeforeCloseMs: readonly number[];
}

interface Sent {
  readonly kind: 'singles' | 'bulkOrders';
  /** From the loss. */
  readonly atMs: number;
  readonly answeredAtMs: number;
  readonly result: PublishedCommand;
}

const STEP_MS = 50;
const SLOW_MS = 1_000;

/** Measures the write functions under a steady load of `orders` while one of three brokers is lost. */
export async function measureBrokerLoss(
  cluster: KafkaCluster,
  loss: Loss,
  plan: LoadPlan,
): Promise<BrokerLossResult> {
  await ensureTopics(cluster.brokers, topics);
  await cluster.untilInSync(Object.keys(topics));
  await using producer = createProducer<TopicValues>({ brokers: cluster.brokers, clientId: 'broker-loss' });
  const victim = await findVictim(cluster, loss);
  const sending: Promise<readonly Sent[]>[] = [];
  const beganAt = performance.now();
  const lostAt = beganAt + plan.beforeSeconds * 1_000;
  const send = async (kind: Sent['kind'], orders: number): Promise<readonly Sent[]> => {
    const atMs = performance.now() - lostAt;
    const results = await publishCommands(producer, Array.from({ length: orders }, newOrder));
    return results.map((result) => ({ kind, atMs, answeredAtMs: performance.now() - lostAt, result }));
  };

  using connections = countConnections();
  let strike: Promise<void> | undefined;
  let before: number[] = [];
  const steps = ((plan.beforeSeconds + plan.afterSeconds) * 1_000) / STEP_MS;
  for (let step = 0; step < steps; step += 1) {
    await delay(Math.max(0, beganAt + step * STEP_MS - performance.now()));
    if (strike === undefined && performance.now() >= lostAt) {
      before = cluster.brokers.map((broker) => connections.to(broker));
      strike = strikeAt(victim, loss.how);
    }
    const due = (perSecond: number): number =>
      Math.floor(((step + 1) * STEP_MS * perSecond) / 1_000) -
      Math.floor((step * STEP_MS * perSecond) / 1_000);
    for (let index = due(plan.singlesPerSecond); index > 0; index -= 1) {
      sending.push(send('singles', 1));
    }
    for (let index = due(plan.bulksPerSecond); index > 0; index -= 1) {
      sending.push(send('bulkOrders', plan.ordersPerBulk));
    }
  }
  const sent = (await Promise.all(sending)).flat();
  await strike;
  const opened = cluster.nodes.map(({ address }, index) => {
    const openedBefore = before[index] ?? 0;
    const openedSince = connections.to(address) - openedBefore;
    const silencesBeforeCloseMs = connections.silencesBeforeClose(address);
    return {
      broker: address,
      isLost: address === victim.address,
      openedBefore,
      openedSince,
      silencesBeforeCloseMs,
    };
  });
  await bringBack(victim, loss.how);
  await cluster.untilInSync(Object.keys(topics));
  return {
    ...summarise(sent, plan),
    ...(await compare(sent, cluster.brokers)),
    connections: opened,
  };
}

const newOrder = (): AcceptedCommand<OrderRecord> =>
  acceptOrder(
    { customer_id: 'customer-1', product_id: 'product-1', quantity: 1, price: 1_999 },
    0,
    randomIds,
    systemClock,
  );

async function findVictim(cluster: KafkaCluster, { ofController = false }: Loss): Promise<KafkaNode> {
  const controller = cluster.controller();
  const leaders = await cluster.leaders('orders');
  const victim = cluster.nodes.find(
    (node) => (node === controller) === ofController && leaders.includes(node.nodeId),
  );
  if (!victim) {
    throw new Error(`No such node leads a partition of orders: leaders ${leaders}.`);
  }
  return victim;
}

async function strikeAt(victim: KafkaNode, how: Loss['how']): Promise<void> {
  await victim[how]();
}

async function bringBack(victim: KafkaNode, how: Loss['how']): Promise<void> {
  if (how === 'freeze') {
    victim.thaw();
  } else {
    await victim.start();
  }
}

function summarise(sent: readonly Sent[], plan: LoadPlan): Pick<BrokerLossResult, 'seconds' | 'disturbedMs'> {
  const share = (orders: readonly Sent[], kind: Sent['kind']): Share => {
    const ofKind = orders.filter((order) => order.kind === kind);
    return { sent: ofKind.length, accepted: ofKind.filter(({ result }) => result.acknowledged).length };
  };
  const disturbed = sent.filter(
    ({ result, atMs, answeredAtMs }) => !result.acknowledged || answeredAtMs - atMs > SLOW_MS,
  );
  return {
    seconds: Array.from({ length: plan.beforeSeconds + plan.afterSeconds }, (_, index) => {
      const second = index - plan.beforeSeconds;
      const orders = sent.filter(({ atMs }) => Math.floor(atMs / 1_000) === second);
      const slowestMs = orders.reduce(
        (most, { atMs, answeredAtMs }) => Math.max(most, answeredAtMs - atMs),
        0,
      );
      return {
        second,
        singles: share(orders, 'singles'),
        bulkOrders: share(orders, 'bulkOrders'),
        slowestMs,
      };
    }),
    disturbedMs: disturbed.reduce((last, { answeredAtMs }) => Math.max(last, answeredAtMs), 0),
  };
}

async function compare(
  sent: readonly Sent[],
  brokers: string[],
): Promise<Pick<BrokerLossResult, 'lost' | 'doubled' | 'repeated'>> {
  const eventIds = new Map<string, string[]>();
  for (const { key, headers } of await readTopic('orders', brokers)) {
    const ids = eventIds.get(key ?? '') ?? [];
    ids.push(headers['event-id'] ?? '');
    eventIds.set(key ?? '', ids);
  }
  const stored = [...eventIds.values()];
  return {
    lost: sent.filter(
      ({ result: { acknowledged, command } }) => acknowledged && !eventIds.has(command.value.order_id),
    ).length,
    doubled: stored.filter((ids) => new Set(ids).size > 1).length,
    repeated: stored.reduce((sum, ids) => sum + ids.length - new Set(ids).size, 0),
  };
}
