import { benchBeside } from '../beside/beside.ts';
import { besideLines } from '../beside/beside-lines.ts';
import { fullPlan } from '../beside/plan.ts';
import type { Section } from '../results-page.ts';
import { predictAndMeasure } from '../scale/prediction.ts';
import { predictionLines } from '../scale/prediction-lines.ts';
import { scaleTables } from '../scale/tables.ts';
import { benchBacklog } from './backlog.ts';
import { benchBrokerLoss } from './broker-loss-lines.ts';
import { benchColdStart } from './cold-start.ts';
import { benchGrowth } from './growth.ts';
import { benchObservability } from './observability.ts';
import { benchOutage } from './outage.ts';
import { benchPartitions } from './partitions.ts';
import { benchProcessOrders } from './process-orders.ts';
import { benchProfile, profileTable } from './profile.ts';

/** Measurements that start their own servers. */
export const ownSections = {
  beside: async (): Promise<Section> => {
    console.log('Orderly and the predecessor in turn (up to ten minutes) …');
    return {
      title: 'Comparison with the predecessor',
      lines: [
        `The predecessor (\`bench/predecessor/\`) and Orderly on the same Kafka and the same PostgreSQL server, in turn; the processes of the other side are stopped. Medians of ${fullPlan.rounds} rounds, with the lowest and the highest; a ratio compares both sides of one round.`,
        '',
        'The predecessor is rebuilt from its description, with two differences. The original sent asynchronously, and its description names no wait for the acknowledgement. The rebuilt API waits until Kafka has acknowledged the order (acks=all), so that both sides give the same guarantee; this makes it slower. The original consumer only logged orders; these consumers store them.',
        '',
        ...besideLines(await benchBeside(fullPlan)),
      ],
    };
  },
  'process-orders': async (): Promise<Section> => {
    console.log('process-orders, batch after batch …');
    return {
      title: '`process-orders`, batch after batch over one connection',
      lines: [
        'Measured from the parsed event until the commit of orders, history and outbox, with every index. The orders are new, with UUIDv7 ids, of 100,000 customers. The rate does not include publishing the status events, which follows. Medians of seven rounds of 20,000 orders.',
        '',
        '| orders per batch | orders/s | ms per batch | then publishing, ms per batch |',
        '|---|---|---|---|',
        ...(await benchProcessOrders()).map(
          (r) =>
            `| ${r.ordersPerBatch} | ${r.ordersPerSecond} | ${r.batchMs.toFixed(1)} | ${r.publishMs.toFixed(1)} |`,
        ),
      ],
    };
  },
  growth: async (): Promise<Section> => {
    console.log('process-orders with few and with many stored orders (some minutes) …');
    const results = await benchGrowth();
    const [few, many] = results;
    const ratio = (many?.batchMs ?? Number.NaN) / (few?.batchMs ?? Number.NaN);
    return {
      title: 'A batch of 1,000 new orders when many are stored',
      lines: [
        'Measured alternately in two databases of one server, directly after a checkpoint. PostgreSQL then writes every changed page in full to the WAL: the worst case for many stored orders.',
        '',
        '| orders stored | ms per batch (median of 40) | bytes of WAL per order |',
        '|---|---|---|',
        ...results.map((r) => `| ${r.storedOrders} | ${r.batchMs.toFixed(1)} | ${r.walBytesPerOrder} |`),
        '',
        `Ratio: ${ratio.toFixed(2)} ×.`,
      ],
    };
  },
  backlog: async (): Promise<Section> => {
    console.log('A backlog in Kafka, stored by npm start …');
    const backlog = await benchBacklog();
    return {
      title: 'A backlog in Kafka, stored by `npm start`',
      lines: [
        'Event source, function, PostgreSQL and status events all run. Measured from the first commit to the last.',
        '',
        '| orders | seconds | orders/s |',
        '|---|---|---|',
        `| ${backlog.orders} | ${backlog.seconds.toFixed(1)} | ${backlog.ordersPerSecond} |`,
      ],
    };
  },
  scale: async (): Promise<Section> => {
    console.log('A simulation, and the backlog that it predicts …');
    return {
      title: 'A simulation that predicts the backlog',
      lines: [
        'The phases of a batch, each measured alone: CPU time by program, and waiting time. Each cell has ms per batch / µs per order. `bench/scale/pipeline.ts` simulates batches with these figures, and predicts the rate of a backlog in orders per second. A real backlog runs after that. From it, the prediction takes one parameter: the cores that other programs used in its time.',
        '',
        ...predictionLines(await predictAndMeasure()),
      ],
    };
  },
  'scale-tables': async (): Promise<undefined> => {
    for (const [name, table] of Object.entries(scaleTables())) {
      console.log(`${name}\n\n${table}\n`);
    }
  },
  partitions: async (): Promise<Section> => {
    console.log('Plain and partitioned tables with many stored orders (an hour) …');
    return {
      title: 'A batch of 1,000 new orders in plain and in partitioned tables',
      lines: [
        '`orders` as it is, in 16 partitions by the hash of `order_id`, and in ranges of `order_id` with 500,000 orders each. Growth is the time of a batch compared with 50,000 stored orders in the same layout, measured alternately: directly after a checkpoint, and then without full pages in the WAL. Medians of 40 batches, and of 300 pages of 20 orders.',
        '',
        '| layout | orders stored | ms per batch | bytes of WAL per order | growth | without full pages: ms per batch | bytes of WAL per order | growth | page of a customer, ms | page of the newest, ms |',
        '|---|---|---|---|---|---|---|---|---|---|',
        ...(await benchPartitions()).map(
          ({ layout, storedOrders, afterCheckpoint, withoutFullPages, customerPageMs, newestPageMs }) =>
            `| ${[
              layout,
              storedOrders,
              ...[afterCheckpoint, withoutFullPages].flatMap(({ batchMs, walBytesPerOrder, ratio }) => [
                batchMs.toFixed(1),
                walBytesPerOrder,
                `${ratio.toFixed(2)} ×`,
              ]),
              customerPageMs.toFixed(1),
              newestPageMs.toFixed(1),
            ].join(' | ')} |`,
        ),
      ],
    };
  },
  outage: async (): Promise<Section> => {
    console.log('PostgreSQL unavailable for a minute under load …');
    const { load, ...outage } = await benchOutage();
    return {
      title: 'PostgreSQL killed under load, and unavailable for a minute',
      lines: [
        `${load.rate} orders per second to \`POST /api/orders/bulk\` under \`npm start\`, before, during and after.`,
        '',
        '| unavailable, s | orders sent | not accepted | not stored once as sent | from restart to first commit, s | catch-up rate, orders/s |',
        '|---|---|---|---|---|---|',
        `| ${[
          outage.outageSeconds,
          load.sent,
          load.sent - load.acknowledged,
          load.verdict.not_compared ?? load.verdict.missing.length + load.verdict.wrong.length,
          outage.secondsToFirstCommit.toFixed(1),
          outage.catchUpPerSecond,
        ].join(' | ')} |`,
      ],
    };
  },
  'broker-loss': async (): Promise<Section> => {
    console.log('One of three Kafka brokers lost under load …');
    return {
      title: 'One of three Kafka brokers lost under load',
      lines: [
        'The shared producer sends 200 single orders and 2 bulks of 1,000 orders per second, with a deadline of 4 s. There are 3 replicas, and 2 must acknowledge. A dead broker is fenced after 2 s. Second 0 begins with the loss. Orders count in the second in which they were sent.',
        '',
        ...(await benchBrokerLoss()),
      ],
    };
  },
  observability: async (): Promise<Section> => {
    console.log('The same work without and with traces …');
    return {
      title: 'The cost of traces',
      lines: [
        'The handlers of POST /api/orders and of `process-orders`, with real Kafka and PostgreSQL, in processes that differ only in the share of sampled traces. Spans are exported to a collector on the same machine. Medians of nine alternating rounds; the ratio is the median of the ratios to the first process in each round. Metrics are part of the log lines, so they are always on.',
        '',
        '| work | process | ms | ratio |',
        '|---|---|---|---|',
        ...(await benchObservability()).map(
          (r) => `| ${r.work} | ${r.process} | ${r.ms.toFixed(0)} | ${r.ratio.toFixed(3)} |`,
        ),
      ],
    };
  },
  profile: async (): Promise<Section> => {
    console.log('Profiles of a request and of a batch …');
    const { requests, batches } = await benchProfile();
    return {
      title: 'Where the time of a request and of a batch goes',
      lines: [
        'Profiles of the functions of POST /api/orders and of `process-orders` with real Kafka and PostgreSQL, without API Gateway and without the event source. Waiting does not count. A layer includes the functions of Node that it calls, such as the write to a socket.',
        '',
        ...profileTable(requests),
        '',
        ...profileTable(batches),
      ],
    };
  },
  'cold-start': async (): Promise<Section> => {
    console.log('Cold starts of the packaged functions …');
    const { coldStarts, settings } = await benchColdStart();
    return {
      title: 'Cold starts',
      lines: [
        'Each packaged function in a fresh process, against servers without TLS on the same machine. Measured from the first line of its bundle to its first answer, including connections; in the last column from the start of the process. Medians of 15, in ms. Lambda start-up time is not included. There is no receiver, so fulfilOrders makes no call.',
        '',
        '| function | loaded | first answer | with source maps, as deployed | as deployed, with the start of Node |',
        '|---|---|---|---|---|',
        ...coldStarts.map(
          (r) =>
            `| ${r.functionName} | ${r.loadMs.toFixed(0)} | ${r.answerMs.toFixed(0)} | ${r.answerWithMapsMs.toFixed(0)} | ${r.fromStartMs.toFixed(0)} |`,
        ),
        '',
        '### Cost of authentication and traces',
        '',
        'First answers, in rounds of one process for each setting, against another broker. The difference is the median of the differences within a round. TLS includes the handshake and loading the certificate authorities that Node trusts. IAM includes TLS, signing a token and authentication with it. The bearer token is signed with RS256, and the keys of its issuer are read over HTTP. A trace is exported to a collector on the same machine before the answer.',
        '',
        '| function | setting | first answer | added |',
        '|---|---|---|---|',
        ...settings.map(
          (r) =>
            `| ${r.functionName} | ${r.setting} | ${r.answerMs.toFixed(0)} | ${r.addedMs?.toFixed(0) ?? ''} |`,
        ),
      ],
    };
  },
};
