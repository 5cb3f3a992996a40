import os from 'node:os';
import { runCommand } from '../../../cli/command.ts';
import { ownServers } from '../../../test/support/own-servers.ts';
import { kafkajs } from '../src/kafka/kafkajs/patched-kafkajs.ts';
import { fillTopics, measure, RECORDS } from './measure.ts';

const help = `node plugins/serverless-offline-kafka/bench/run.ts
  Measures "serverless offline start" with its own Kafka, and prints the table of the README (a minute):
  ${RECORDS.toLocaleString('en')} waiting records in batches of 1,000; and the time of a single record from its produce to the
  entry of the handler, with a window of 0.
`;

const modes = [
  { name: 'in process', options: ['--useInProcess'] },
  { name: 'threads (the default)', options: [] },
];

await runCommand({
  help,
  run: async () => {
    const alive = setInterval(() => undefined, 60_000); // keeps this process alive until the broker has ended
    const rows = await table();
    clearInterval(alive);
    const cores = `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown'}`;
    console.log(rows.join('\n'));
    console.log(`\n${cores}, Node ${process.versions.node}, load ${os.loadavg()[0]?.toFixed(1)}.`);
    return 0;
  },
});

async function table(): Promise<string[]> {
  await using servers = ownServers();
  const { port } = await servers.startKafka();
  const brokers = `127.0.0.1:${port}`;
  const kafka = new kafkajs.Kafka({ brokers: [brokers], logLevel: kafkajs.logLevel.NOTHING });
  await fillTopics(kafka);
  const rows = ['| functions | records per second | produce to handler | of 95 % |', '|---|---|---|---|'];
  for (const { name, options } of modes) {
    const { recordsPerSecond, medianMs, p95Ms } = await measure(kafka, brokers, options);
    const rate = Math.round(recordsPerSecond / 100) * 100;
    rows.push(
      `| ${name} | ${rate.toLocaleString('en')} | ${medianMs.toFixed(1)} ms | ${p95Ms.toFixed(1)} ms |`,
    );
  }
  return rows;
}
