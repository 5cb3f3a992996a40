import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  type BrokerConnections,
  type Loss,
  measureBrokerLoss,
} from '../../../bench/own-servers/broker-loss.ts';
import { LATEST_ANSWER_MS } from '../../support/connection-count.ts';
import { type KafkaCluster, startKafkaCluster } from '../../support/kafka-cluster.ts';

const LOAD = {
  beforeSeconds: 1,
  afterSeconds: 6,
  singlesPerSecond: 200,
  bulksPerSecond: 2,
  ordersPerBulk: 500,
};
/** A node is fenced after 2 s; then new leaders are elected and replicas follow them. */
const ELECTION_SECONDS = 4;

const losses: readonly (readonly [string, Loss])[] = [
  ['is killed', { how: 'kill' }],
  ['stands still', { how: 'freeze' }],
  ['is stopped, as for a new version', { how: 'stop' }],
];

let cluster: KafkaCluster;

beforeAll(async () => {
  cluster = await startKafkaCluster();
});
afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

describe('while one of three brokers', () => {
  test.each(losses)(
    '%s under load, orders continue within seconds, none is lost or duplicated, and connections to brokers that answer stay open',
    async (_what, loss) => {
      const result = await measureBrokerLoss(cluster, loss, LOAD);
      const notAccepted = result.seconds
        .filter(({ second }) => second >= ELECTION_SECONDS)
        .flatMap(({ singles, bulkOrders }) => [singles, bulkOrders])
        .filter(({ sent, accepted }) => accepted < sent);
      expect(notAccepted).toEqual([]);
      expect(result).toMatchObject({ lost: 0, doubled: 0 });
      const others = result.connections.filter(({ isLost }) => !isLost);
      expect(others).toHaveLength(2);
      expect(others.filter((broker) => closedWhileAnswering(broker))).toEqual([]);
    },
  );
});

/** Returns true if the producer replaced a connection whose broker had answered in time. */
function closedWhileAnswering({
  silencesBeforeCloseMs,
  openedBefore,
  openedSince,
}: BrokerConnections): boolean {
  const late = silencesBeforeCloseMs.filter((ms) => ms > LATEST_ANSWER_MS);
  return openedBefore + openedSince - 1 > late.length;
}
