import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { runCommand } from '../cli/command.ts';
import { listenForStop } from '../cli/stop-request.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { stackAddresses } from '../local/local-stack.ts';
import { LOCAL_HOST } from '../local/process/ports.ts';
import { loadSettings } from '../local/settings.ts';
import { assertHealthy } from '../ops/load/assert-healthy.ts';
import { ownSections } from './own-servers/own-sections.ts';
import { replaceSections, type Section } from './results-page.ts';
import { createBenchTopic } from './with-stack/bench-topic.ts';
import { type Running, runningSections } from './with-stack/running-sections.ts';

const RESULTS = 'bench/results.md';

const help = `npm run bench [-- NAME …]
  Measures, prints the results, and replaces them in ${RESULTS}.

  These use a running "npm start" on this machine. Without a name all four run, which takes about two minutes. The
  run creates its own topic and removes it, also after Ctrl-C; the orders remain.
    producer        the shared producer compared with unmodified kafkajs
    http            POST /api/orders
    bulk            POST /api/orders/bulk
    list            GET /api/orders

  These start their own Kafka and PostgreSQL, and remove them at the end:
    process-orders  storing batches, without Kafka (half a minute)
    growth          the same when 5,000,000 orders are stored (some minutes, 8 GB of disk)
    backlog         200,000 waiting orders in Kafka, stored by a real npm start (a minute)
    outage          PostgreSQL unavailable for a minute under load (two minutes)
    broker-loss     one of three Kafka brokers killed, frozen or stopped under load (two minutes)
    cold-start      each packaged function in fresh processes, and the cost of authentication (four minutes)
`;

await runCommand({ help, takesArguments: true, run: bench });

async function bench(names: readonly string[]): Promise<number> {
  const chosen = names.length === 0 ? Object.keys(runningSections) : names;
  const unknown = chosen.find((name) => !isRunning(name) && !isOwn(name));
  if (unknown !== undefined) {
    throw new OrderlyError('local_stack', `There is no measurement "${unknown}": see --help.`);
  }
  const { signal } = listenForStop(() => process.exit(130));
  const stopped = once(signal, 'abort').then(() => undefined);
  const settings = loadSettings();
  const stack = {
    apiUrl: `http://${LOCAL_HOST}:${settings.apiPort}`,
    brokers: stackAddresses(settings).brokers,
  };
  const needsStack = chosen.some(isRunning);
  if (needsStack) {
    await assertHealthy(stack.apiUrl);
  }
  await using topic = needsStack ? await createBenchTopic([...stack.brokers]) : undefined;

  const sections = await Promise.race([measure(chosen, { ...stack, topic: topic?.name ?? '' }), stopped]);
  if (sections === undefined) {
    return 130;
  }
  writeFileSync(RESULTS, replaceSections(readFileSync(RESULTS, 'utf8'), sections));
  console.log(replaceSections('', sections));
  return 0;
}

function isRunning(name: string): name is keyof typeof runningSections {
  return Object.hasOwn(runningSections, name);
}

function isOwn(name: string): name is keyof typeof ownSections {
  return Object.hasOwn(ownSections, name);
}

async function measure(names: readonly string[], running: Running): Promise<Section[]> {
  const sections: Section[] = [];
  for (const name of names) {
    const section = isOwn(name)
      ? await ownSections[name]()
      : isRunning(name) && (await runningSections[name](running));
    if (section) {
      sections.push({ ...section, lines: [...section.lines, '', measuredOn()] });
    }
  }
  return sections;
}

function measuredOn(): string {
  const cores = `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown'}`;
  return `${new Date().toISOString().slice(0, 10)}, ${cores}, Node ${process.versions.node}.`;
}
