import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { runCommand } from '../local/command.ts';
import { stackAddresses } from '../local/local-stack.ts';
import { LOCAL_HOST } from '../local/ports.ts';
import { loadSettings } from '../local/settings.ts';
import { listenForStop } from '../local/stop-request.ts';
import { assertHealthy } from './assert-healthy.ts';
import { createBenchTopic } from './bench-topic.ts';
import { benchBulk } from './bulk.ts';
import { benchHttp } from './http.ts';
import { benchList } from './list.ts';
import { benchProducer } from './producer.ts';

const RESULTS = 'bench/results.md';

const help = `npm run bench
  Measures the shared producer beside raw kafkajs, POST /api/orders, its bulk form and GET /api/orders, against a running
  "npm start" on this machine, and writes ${RESULTS}. Takes about two minutes. A topic of the run's own is made and
  removed, also with Ctrl-C; the orders stay.
`;

await runCommand({ help, run: bench });

async function bench(): Promise<number> {
  const settings = loadSettings();
  const apiUrl = `http://${LOCAL_HOST}:${settings.apiPort}`;
  const brokers = [...stackAddresses(settings).brokers];
  await assertHealthy(apiUrl);

  const { signal } = listenForStop(() => process.exit(130));
  const stopped = once(signal, 'abort').then(() => undefined);
  await using topic = await createBenchTopic(brokers);
  const results = await Promise.race([measure(apiUrl, brokers, topic.name), stopped]);
  if (results === undefined) {
    return 130;
  }
  writeFileSync(RESULTS, results);
  console.log(results);
  return 0;
}

/** The page of results. */
async function measure(apiUrl: string, brokers: string[], topic: string): Promise<string> {
  console.log('Concurrent single sends: raw kafkajs beside the shared producer …');
  const producer = await benchProducer(brokers, topic);
  console.log('POST /api/orders …');
  const http = await benchHttp(apiUrl);
  console.log('POST /api/orders/bulk …');
  const bulk = await benchBulk(apiUrl);
  console.log('GET /api/orders …');
  const list = await benchList(apiUrl);

  return [
    '# Results',
    '',
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}; server, load`,
    'generator and database share the machine. Machines are noisy: read the ratios.',
    '',
    '## Concurrent single sends, each awaited',
    '',
    'kafkajs as it is beside `lib/kafka/producer.ts`, in turn in one process, medians of five rounds; 300-byte orders, acks=all.',
    '',
    '| senders | kafkajs, messages/s | shared producer, messages/s | ratio |',
    '|---|---|---|---|',
    ...producer.map(
      (r) => `| ${r.senders} | ${r.rawPerSecond} | ${r.sharedPerSecond} | ${r.ratio.toFixed(1)} × |`,
    ),
    '',
    '## `POST /api/orders` under `npm start`, acknowledged by Kafka',
    '',
    '| connections | requests/s | p50 ms | p99 ms | not accepted |',
    '|---|---|---|---|---|',
    ...http.map((r) => `| ${r.connections} | ${r.perSecond} | ${r.p50Ms} | ${r.p99Ms} | ${r.notAccepted} |`),
    '',
    'The FastAPI system that this one replaces, on the same class of machine: 573, 1,281 and 1,300 requests/s (p99 86 ms at 50).',
    '',
    '## `POST /api/orders/bulk` under `npm start`, acknowledged by Kafka',
    '',
    '| orders per request | requests | median ms | slowest ms | not accepted |',
    '|---|---|---|---|---|',
    `| ${bulk.orders} | ${bulk.requests} | ${bulk.medianMs} | ${bulk.slowestMs} | ${bulk.notAccepted} |`,
    '',
    '## `GET /api/orders`, page after page of 200',
    '',
    '| orders listed | pages | p50 ms | p99 ms |',
    '|---|---|---|---|',
    `| ${list.orders} | ${list.pages} | ${list.p50Ms} | ${list.p99Ms} |`,
    '',
  ].join('\n');
}
