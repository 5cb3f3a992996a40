import { startKafkaCluster } from '../../test/support/kafka-cluster.ts';
import { type Loss, measureBrokerLoss, type Share } from './broker-loss.ts';

const LOAD = {
  beforeSeconds: 3,
  afterSeconds: 8,
  singlesPerSecond: 200,
  bulksPerSecond: 2,
  ordersPerBulk: 1_000,
};

const losses: readonly (readonly [string, Loss])[] = [
  ['kill -9', { how: 'kill' }],
  ['kill -9 of the active controller', { how: 'kill', ofController: true }],
  ['SIGSTOP', { how: 'freeze' }],
  ['SIGTERM, as for a patch', { how: 'stop' }],
];

/** Returns Markdown tables: the results per second, and the effect on connections and records. */
export async function benchBrokerLoss(): Promise<string[]> {
  const seconds: string[] = [];
  const costs: string[] = [];
  for (const [what, loss] of losses) {
    await using cluster = await startKafkaCluster();
    const result = await measureBrokerLoss(cluster, loss, LOAD);
    for (const { second, singles, bulkOrders, slowestMs } of result.seconds) {
      seconds.push(
        `| ${[what, second, percent(singles), percent(bulkOrders), Math.round(slowestMs)].join(' | ')} |`,
      );
    }
    const opened = (isLost: boolean): number =>
      result.connections
        .filter((connection) => connection.isLost === isLost)
        .reduce((sum, { openedSince }) => sum + openedSince, 0);
    const all = (result.disturbedMs / 1_000).toFixed(1);
    costs.push(
      `| ${[what, all, opened(true), opened(false), result.lost, result.doubled, result.repeated].join(' | ')} |`,
    );
  }
  return [
    '| lost broker | seconds from the loss to the last slow (> 1 s) or rejected answer | new connections to the lost broker, including failed attempts | new connections to the others | orders lost | orders duplicated | repeated records |',
    '|---|---|---|---|---|---|---|',
    ...costs,
    '',
    '| lost broker | second | single orders accepted | orders in bulks accepted | slowest answer, ms |',
    '|---|---|---|---|---|',
    ...seconds,
  ];
}

const percent = ({ sent, accepted }: Share): string =>
  `${((accepted / Math.max(1, sent)) * 100).toFixed(0)} %`;
