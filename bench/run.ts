import { once } from 'node:events';
import os from 'node:os';
import { runCommand } from '../cli/command.ts';
import { listenForStop } from '../cli/stop-request.ts';
import { stackAddresses } from '../local/local-stack.ts';
import { LOCAL_HOST } from '../local/process/ports.ts';
import { loadSettings } from '../local/settings.ts';
import { assertHealthy } from '../ops/load/assert-healthy.ts';
import { assertPossible, chooseMeasurements, isRunning } from './measurements.ts';
import { ownSections } from './own-servers/own-sections.ts';
import { recordSections, replaceSections, type Section } from './results-page.ts';
import { createBenchTopic } from './with-stack/bench-topic.ts';
import { runningSections } from './with-stack/running-sections.ts';

const RESULTS = 'bench/results.md';

const help = `npm run bench [-- NAME …]
  Takes the named measurements one after the other. Prints each result, and replaces its section of ${RESULTS}
  when it ends. Without a name, it takes the four measurements of a running "npm start".

  all takes every measurement except partitions, about 20 minutes. It needs a running "npm start", Linux and Python.
  Further names add to it.

  These four measure a running "npm start" on this machine, in about two minutes together. The run creates its own topic
  and removes it, also after Ctrl-C; the orders remain.
    producer        the shared producer compared with unmodified kafkajs
    http            POST /api/orders
    bulk            POST /api/orders/bulk
    list            GET /api/orders

  The others start their own Kafka and PostgreSQL, and remove them at the end:
    beside          comparison with the predecessor, in turn (ten minutes; needs Python 3.11 or newer with venv)
    process-orders  storing batches, without Kafka (half a minute)
    growth          the same when 5,000,000 orders are stored (some minutes, 8 GB of disk)
    backlog         200,000 waiting orders in Kafka, stored by a real npm start (a minute)
    scale           predicts the rate of a backlog by simulation, and measures it (two minutes; Linux only)
    partitions      plain and partitioned tables with 5,000,000 and 20,000,000 orders (an hour or more, 20 GB of disk)
    outage          PostgreSQL unavailable for a minute under load (two minutes)
    broker-loss     one of three Kafka brokers killed, frozen or stopped under load (two minutes)
    observability   requests and batches without and with traces (a minute)
    profile         the CPU time of a request and of a batch, by layer (half a minute)
    cold-start      each packaged function in fresh processes, and the cost of authentication and traces (four minutes)

  scale-tables prints the tables of docs/scale.md, and measures nothing.
`;

await runCommand({ help, takesArguments: true, run: bench });

async function bench(names: readonly string[]): Promise<number> {
  const chosen = chooseMeasurements(names);
  await assertPossible(chosen);
  const { signal } = listenForStop(() => process.exit(130));
  const stopped = once(signal, 'abort').then(() => 130);
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
  const running = { ...stack, topic: topic?.name ?? '' };
  const measurements = chosen.map((name) => async () => {
    const section = isRunning(name) ? await runningSections[name](running) : await ownSections[name]();
    return section && printed({ ...section, lines: [...section.lines, '', measuredOn()] });
  });
  return await Promise.race([recordSections(RESULTS, measurements).then(() => 0), stopped]);
}

function printed(section: Section): Section {
  console.log(replaceSections('', [section]));
  return section;
}

function measuredOn(): string {
  const cores = `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown'}`;
  return `${new Date().toISOString().slice(0, 10)}, ${cores}, Node ${process.versions.node}.`;
}
