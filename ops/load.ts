import { type OptionValues, runCommand } from '../cli/command.ts';
import { listenForStop } from '../cli/stop-request.ts';
import { orderProcessing } from '../lib/kafka/topics/topics.ts';
import { createDatabase } from '../lib/postgres/database.ts';
import { stackAddresses } from '../local/local-stack.ts';
import { LOCAL_HOST } from '../local/process/ports.ts';
import { loadSettings } from '../local/settings.ts';
import { assertHealthy } from './load/assert-healthy.ts';
import { openLagReader } from './load/consumer-lag.ts';
import { readLoadOptions } from './load/load-options.ts';
import { loadReport, progressLine } from './load/load-report.ts';
import type { Sample } from './load/load-result.ts';
import { createOrderSender } from './load/order-sender.ts';
import { createProgress } from './load/progress.ts';
import { runLoad } from './load/run-load.ts';

const help = `npm run load -- [--rate N] [--seconds N] [--bulk N] [--connections N] [--json]
  Sends orders to a running "npm start" at a constant rate, waits until they are stored, and compares each stored
  order with the sent one. Exit code 1: an order was not acknowledged, is missing or is wrong, or the stored orders
  cannot be read. Ctrl-C stops the sending and compares the sent orders (exit code 130). A second Ctrl-C ends the
  command at once.

  --rate N         orders per second (500)
  --seconds N      duration (60)
  --bulk N         N orders per request, to POST /api/orders/bulk; by default one, to POST /api/orders
  --connections N  maximum of HTTP connections (50)
  --json           prints the result as JSON; progress goes to standard error

  How to read the result: docs/load-tests.md.
`;

await runCommand({ help, options: ['rate', 'seconds', 'bulk', 'connections'], flags: ['json'], run: load });

async function load(
  _args: readonly string[],
  given: OptionValues,
  flags: ReadonlySet<string>,
): Promise<number> {
  const options = readLoadOptions(given);
  const settings = loadSettings();
  const apiUrl = `http://${LOCAL_HOST}:${settings.apiPort}`;
  const { brokers, databaseUrl } = stackAddresses(settings);
  await assertHealthy(apiUrl);

  await using database = createDatabase(databaseUrl);
  using lag = await openLagReader(brokers, orderProcessing);
  using sender = createOrderSender({ apiUrl, ...options });
  const progress = createProgress(process.stderr);
  let latest: Sample | undefined;
  const { signal } = listenForStop(() => {
    progress.note(latest === undefined ? 'There are no counts yet.' : progressLine(latest));
    process.exit(130);
  });
  signal.addEventListener('abort', () =>
    progress.note('Stopped sending. Waiting until the sent orders are stored; Ctrl-C again ends at once.'),
  );
  const observer = {
    onBegin: (prefix: string) => progress.note(`The ids of this run's orders begin with ${prefix}`),
    onSample: (sample: Sample) => {
      latest = sample;
      progress.show(sample);
    },
  };
  const result = await runLoad(options, { sender, database, lag }, observer, signal);
  progress.end();
  process.stdout.write(flags.has('json') ? `${JSON.stringify(result)}\n` : loadReport(result));
  if (signal.aborted) {
    return 130;
  }
  return result.verdict.ok ? 0 : 1;
}
