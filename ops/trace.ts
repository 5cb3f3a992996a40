import { styleText } from 'node:util';
import { type OptionValues, runCommand } from '../cli/command.ts';
import { createOutput, printAll } from '../cli/output.ts';
import { printable } from '../cli/printable.ts';
import { aligned, tabSeparated } from '../cli/table.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { loadSettings } from '../local/settings.ts';
import type { TracesData } from '../local/traces/otlp.ts';
import { linkedNames } from './trace/linked-names.ts';
import { createTraceClient, type TraceClient } from './trace/trace-client.ts';
import { traceHeading } from './trace/trace-heading.ts';
import { readTraceCommand, type TraceCommand, traceFlags, traceOptions } from './trace/trace-options.ts';
import { readSpans } from './trace/trace-spans.ts';
import { traceTable } from './trace/trace-table.ts';
import { type Paint, waterfallLines } from './trace/waterfall.ts';

const help = `npm run trace -- <order-id | trace-id> [--attributes] [--all] [--json]
npm run trace -- --slow | --failed [--limit N] [--json]
  Prints traces from the trace store of a running "npm start".

  <order-id>    prints every trace with this order, oldest first: the start, duration and bar of each span
  --attributes  prints the attributes and events of the spans too
  --all         prints all spans and links; otherwise more than 20 spans with the same name and parent are folded
  --slow        lists traces, longest first
  --failed      lists traces with a failed span, newest first; with --slow longest first
  --limit       the maximum number of traces in the list (1 to 1000, default: 20)
  --json        prints OTLP/JSON, which other viewers open. With npm run, add --silent

  The trace store keeps the newest 5,000 traces in memory. It is empty after a restart: docs/tracing.md.
`;

/** The width if the output is no terminal. */
const UNKNOWN_WIDTH = 80;

const paint: Paint = (colour, text) => styleText(colour, text, { stream: process.stdout });

await runCommand({ help, takesArguments: true, options: traceOptions, flags: traceFlags, run: trace });

async function trace(
  args: readonly string[],
  given: OptionValues,
  flags: ReadonlySet<string>,
): Promise<number> {
  const command = readTraceCommand(args, given, flags);
  const client = createTraceClient(loadSettings());
  await (command.name === 'show' ? show(client, command) : list(client, command));
  return 0;
}

async function show(client: TraceClient, command: TraceCommand & { name: 'show' }): Promise<void> {
  const traces = await findTraces(client, command.id);
  if (command.json) {
    return printAll(process.stdout, [otlpJson(traces)]);
  }
  const spans = traces.map(readSpans);
  const nameOf = await linkedNames(client, spans.flat());
  const options = {
    ...command,
    orderId: command.id,
    width: process.stdout.columns || UNKNOWN_WIDTH,
    nameOf,
    paint,
  };
  await printAll(
    process.stdout,
    spans.flatMap((own) => [...traceHeading(own, options), ...waterfallLines(own, options), '']),
  );
}

/** Returns the trace with this id, or the traces of the order with this id. */
async function findTraces(client: TraceClient, id: string): Promise<TracesData[]> {
  const byId = /^[0-9a-f]{32}$/i.test(id) ? await client.read(id) : undefined;
  if (byId !== undefined) {
    return [byId];
  }
  const traces = await readAll(client, await client.ofOrder(id));
  if (traces.length === 0) {
    throw new OrderlyError(
      'local_stack',
      `There is no trace of "${printable(id)}". The trace store has the newest 5,000 traces since the last start. By default, at most 20 new traces a second are sampled.`,
    );
  }
  return traces;
}

async function list(client: TraceClient, { json, ...query }: TraceCommand & { name: 'list' }): Promise<void> {
  const summaries = await client.list(query);
  if (json) {
    return printAll(process.stdout, [otlpJson(await readAll(client, summaries))]);
  }
  if (summaries.length === 0) {
    createOutput(process.stderr).print(query.failed ? 'No trace has a failed span.' : 'There is no trace.');
    return;
  }
  const table = traceTable(summaries);
  await printAll(
    process.stdout,
    process.stdout.isTTY ? aligned(table, process.stdout.columns || UNKNOWN_WIDTH) : tabSeparated(table),
  );
}

/** Skips traces that are evicted meanwhile. */
async function readAll(
  client: TraceClient,
  summaries: readonly { readonly trace_id: string }[],
): Promise<TracesData[]> {
  const traces: TracesData[] = [];
  for (const { trace_id: traceId } of summaries) {
    const data = await client.read(traceId);
    if (data !== undefined) {
      traces.push(data);
    }
  }
  return traces;
}

/** Returns traces as one OTLP/JSON document. */
function otlpJson(traces: readonly TracesData[]): string {
  const resourceSpans = traces.flatMap((data) => data.resourceSpans ?? []);
  return printable(JSON.stringify({ resourceSpans }));
}
