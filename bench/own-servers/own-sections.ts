import type { Section } from '../results-page.ts';
import { benchBacklog } from './backlog.ts';
import { benchBrokerLoss } from './broker-loss-lines.ts';
import { benchColdStart } from './cold-start.ts';
import { benchGrowth } from './growth.ts';
import { benchOutage } from './outage.ts';
import { benchProcessOrders } from './process-orders.ts';

/** Measurements that start their own servers. */
export const ownSections = {
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
        'Measured alternately in two databases of one server, directly after a checkpoint. PostgreSQL then logs every changed page in full: the worst case for many stored orders.',
        '',
        '| orders stored | ms per batch (median of 40) | bytes of log per order |',
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
  'cold-start': async (): Promise<Section> => {
    console.log('Cold starts of the packaged functions …');
    const { coldStarts, logins } = await benchColdStart();
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
        '### Cost of authentication',
        '',
        'First answers, in rounds of one process for each method, against another broker. The difference is the median of the differences within a round. TLS includes the handshake and loading the certificate authorities that Node trusts. IAM includes TLS, signing a token and authentication with it. The bearer token is signed with RS256, and the keys of its issuer are read over HTTP.',
        '',
        '| function | method | first answer | added |',
        '|---|---|---|---|',
        ...logins.map(
          (r) =>
            `| ${r.functionName} | ${r.way} | ${r.answerMs.toFixed(0)} | ${r.addedMs?.toFixed(0) ?? ''} |`,
        ),
      ],
    };
  },
};
