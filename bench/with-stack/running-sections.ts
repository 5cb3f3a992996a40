import type { Section } from '../results-page.ts';
import { benchBulk } from './bulk.ts';
import { benchHttp } from './http.ts';
import { benchList } from './list.ts';
import { benchProducer } from './producer.ts';

/** A running stack and a topic for the measurement. */
export interface Running {
  readonly apiUrl: string;
  readonly brokers: readonly string[];
  readonly topic: string;
}

/** Measurements against a running `npm start`. */
export const runningSections = {
  producer: async ({ brokers, topic }: Running): Promise<Section> => {
    console.log('Concurrent single sends: unmodified kafkajs and the shared producer …');
    return {
      title: 'Concurrent single sends, each awaited',
      lines: [
        'Unmodified kafkajs compared with `lib/kafka/producer/producer.ts`, alternating in one process. Medians of five rounds; orders of 300 bytes; acks=all.',
        '',
        '| senders | kafkajs, messages/s | shared producer, messages/s | ratio |',
        '|---|---|---|---|',
        ...(await benchProducer([...brokers], topic)).map(
          (r) => `| ${r.senders} | ${r.rawPerSecond} | ${r.sharedPerSecond} | ${r.ratio.toFixed(1)} × |`,
        ),
      ],
    };
  },
  http: async ({ apiUrl }: Running): Promise<Section> => {
    console.log('POST /api/orders …');
    return {
      title: '`POST /api/orders` under `npm start`, acknowledged by Kafka',
      lines: [
        '| connections | requests/s | p50 ms | p99 ms | not accepted |',
        '|---|---|---|---|---|',
        ...(await benchHttp(apiUrl)).map(
          (r) => `| ${r.connections} | ${r.perSecond} | ${r.p50Ms} | ${r.p99Ms} | ${r.notAccepted} |`,
        ),
        '',
        '`npm run bench -- beside` measures the predecessor and Orderly on the same servers.',
      ],
    };
  },
  bulk: async ({ apiUrl }: Running): Promise<Section> => {
    console.log('POST /api/orders/bulk …');
    const bulk = await benchBulk(apiUrl);
    return {
      title: '`POST /api/orders/bulk` under `npm start`, acknowledged by Kafka',
      lines: [
        '| orders per request | requests | median ms | slowest ms | not accepted |',
        '|---|---|---|---|---|',
        `| ${bulk.orders} | ${bulk.requests} | ${bulk.medianMs} | ${bulk.slowestMs} | ${bulk.notAccepted} |`,
      ],
    };
  },
  list: async ({ apiUrl }: Running): Promise<Section> => {
    console.log('GET /api/orders …');
    const list = await benchList(apiUrl);
    return {
      title: '`GET /api/orders`, page after page of 200',
      lines: [
        '| orders listed | pages | p50 ms | p99 ms |',
        '|---|---|---|---|',
        `| ${list.orders} | ${list.pages} | ${list.p50Ms} | ${list.p99Ms} |`,
      ],
    };
  },
};
