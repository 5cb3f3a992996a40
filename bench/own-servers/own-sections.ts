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
        'From the event, parsed, until the commit of orders, history and outbox, with every index; new orders under UUIDv7s, of 100,000 customers.',
        'Publishing the status events comes after it and is not in the rate. Medians of seven rounds of 20,000 orders.',
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
    console.log('process-orders beside few and many stored orders (some minutes) …');
    const results = await benchGrowth();
    const [few, many] = results;
    const ratio = (many?.batchMs ?? Number.NaN) / (few?.batchMs ?? Number.NaN);
    return {
      title: 'A batch of 1,000 new orders when many are stored',
      lines: [
        'In turn in two databases of one server. Right behind a checkpoint, when PostgreSQL logs every page that it changes in full: what many stored orders cost most.',
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
        'Everything on: event source, function, PostgreSQL, status events. From the first commit to the last.',
        '',
        '| orders | seconds | orders/s |',
        '|---|---|---|',
        `| ${backlog.orders} | ${backlog.seconds.toFixed(1)} | ${backlog.ordersPerSecond} |`,
      ],
    };
  },
  outage: async (): Promise<Section> => {
    console.log('PostgreSQL away for a minute under load …');
    const { load, ...outage } = await benchOutage();
    return {
      title: 'PostgreSQL killed under load, and away for a minute',
      lines: [
        `${load.rate} orders a second to \`POST /api/orders/bulk\` under \`npm start\`, all the while.`,
        '',
        '| away, s | orders sent | not accepted | not stored once as sent | back until the first commit, s | catching up, orders/s |',
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
        '200 single orders and 2 bulks of 1,000 a second through the shared producer, deadline 4 s; 3 replicas, 2 must acknowledge; a dead broker is fenced after 2 s.',
        'Second 0 begins with the loss. An order counts in the second in which it was sent.',
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
        'Each packaged function in a fresh process, against servers without TLS on the same machine: from the first line of its bundle to its first answer,',
        'connections included, and in the last column from the start of the process. Medians of 15, in ms. What Lambda does before that is not in it.',
        'There is no receiver, so fulfilOrders has nothing to do.',
        '',
        '| function | loaded | first answer | with source maps, as deployed | the same with the start of Node |',
        '|---|---|---|---|---|',
        ...coldStarts.map(
          (r) =>
            `| ${r.functionName} | ${r.loadMs.toFixed(0)} | ${r.answerMs.toFixed(0)} | ${r.answerWithMapsMs.toFixed(0)} | ${r.fromStartMs.toFixed(0)} |`,
        ),
        '',
        '### What logging in adds',
        '',
        'The first answers again, in rounds of one process each way, against another broker. The difference is the median of those within a round.',
        'TLS is the handshake and reading the authorities that Node trusts. The line with IAM contains TLS, and adds signing a token and the log-in with it.',
        'The bearer token is signed with RS256; the keys of its issuer are read over HTTP.',
        '',
        '| function | | first answer | more than without |',
        '|---|---|---|---|',
        ...logins.map(
          (r) =>
            `| ${r.functionName} | ${r.way} | ${r.answerMs.toFixed(0)} | ${r.addedMs?.toFixed(0) ?? ''} |`,
        ),
      ],
    };
  },
};
