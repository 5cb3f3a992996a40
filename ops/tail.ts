import { once } from 'node:events';
import { styleText } from 'node:util';
import { type OptionValues, runCommand } from '../cli/command.ts';
import { createOutput } from '../cli/output.ts';
import { listenForStop } from '../cli/stop-request.ts';
import { createConsumer } from '../lib/kafka/consumer/consumer.ts';
import { kafkaSecurity } from '../lib/runtime/connections.ts';
import { loadSettings } from '../local/settings.ts';
import { loadToolConfig } from '../local/tool-config.ts';
import { jsonLine, readableLine, type TailMessage } from './tail/tail-format.ts';
import { readTailOptions } from './tail/tail-options.ts';
import { assertTopic } from './tail/tail-topic.ts';

const help = `npm run tail -- <topic> [--from …] [--key KEY] [--max N] [--json]
  Prints the messages of a topic as they arrive, until Ctrl-C. Affects no other consumer and commits nothing.

  <topic>  the full name on the cluster: orders, or dev.orders on a stage with the prefix dev.
  --from   latest (default), earliest, a time like 2026-11-01T10:00:00Z, or an age like 15m, 2h or 3d
  --key    only messages with exactly this key
  --max    ends after this number of messages
  --json   one JSON object per line; bytes that are not UTF-8 as base64. With npm run, add --silent

  Reads from KAFKA_BROKERS, or else from the local Kafka. With KAFKA_AUTH=iam it authenticates at Amazon MSK with
  AWS_REGION and the AWS credentials of the environment: docs/kafka-clients.md.
`;

await runCommand({ help, takesArguments: true, options: ['from', 'key', 'max'], flags: ['json'], run: tail });

async function tail(
  args: readonly string[],
  given: OptionValues,
  flags: ReadonlySet<string>,
): Promise<number> {
  const { topic, startFrom, key, max, json } = readTailOptions(args, given, flags, Date.now());
  const config = loadToolConfig(loadSettings());
  const connection = {
    brokers: config.kafkaBrokers,
    clientId: 'orderly-tail',
    security: kafkaSecurity(config),
  };
  const { signal } = listenForStop(() => process.exit(130));
  const notes = createOutput(process.stderr);
  const shown = createOutput(process.stdout);
  const readerGone = once(process.stdout, 'error'); // such as "| head"
  const enough = Promise.withResolvers<void>();
  await assertTopic(topic, connection);

  const line = json
    ? jsonLine
    : (message: TailMessage) =>
        readableLine(message, (colour, text) => styleText(colour, text, { stream: process.stdout }));
  let left = max;
  await using consumer = createConsumer<Record<string, Buffer>>({
    ...connection,
    topics: [topic],
    startFrom,
    decode: (value) => value,
    onWarning: notes.warn,
  });
  const started = consumer.start((message) => {
    if (left === 0 || (key !== undefined && message.key !== key)) {
      return;
    }
    shown.print(line(message));
    left -= 1;
    if (left === 0) {
      enough.resolve();
    }
  });
  void started.then(() => notes.step(`Following ${topic}; Ctrl-C ends it`));

  await Promise.race([enough.promise, readerGone, signal.aborted || once(signal, 'abort')]);
  return 0;
}
