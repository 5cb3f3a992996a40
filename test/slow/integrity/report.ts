import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { KAFKA_VERSION } from '../../../local/kafka/kafka-distribution.ts';
import { PROJECT_ROOT } from '../../../local/settings.ts';
import { type VerdictName, type Verdicts, verdictMeanings, verdictNames } from './checker/check.ts';
import type { BrokerCount } from './cluster/kafka-part.ts';
import { introduction } from './report-introduction.ts';
import type { RunCounts } from './run-counts.ts';
import { fullSize } from './run-options.ts';

export interface ReportedRun {
  readonly seed: number;
  /** Default: 1. */
  readonly brokers?: BrokerCount;
  readonly startedAt: Date;
  /** From the first request to the last verdict. */
  readonly durationMs: number;
  readonly counts: RunCounts;
  readonly faults: readonly ReportedFault[];
  readonly verdicts: Verdicts;
  /** After every dead letter was redriven and processed again. */
  readonly verdictsAfterRedrive: Verdicts;
  readonly versions: Readonly<Record<string, string>>;
  /** True if the run drained: after the load, and after the redrive. */
  readonly drained?: readonly boolean[];
}

export interface ReportedFault {
  /** After the start of the load. */
  readonly atMs: number;
  readonly what: string;
  /** `requests: 12, transactions: 2, …`: the work in flight when the fault began. */
  readonly inFlight: string;
  /** True if it hit at its planned moment. */
  readonly met?: boolean;
  /** True if the system recovered within a minute. */
  readonly recovered?: boolean;
}

/** A deliberately broken copy of the program, and the result of its run. */
export interface ReportedVariant {
  readonly what: string;
  /** The verdict that must find it. */
  readonly expected: VerdictName;
  readonly verdicts: Verdicts;
}

export interface ReportedRuns {
  readonly run: ReportedRun;
  readonly variants: readonly ReportedVariant[];
}

/** Writes the whole `docs/integrity.md`. */
export function writeReport(path: string, runs: ReportedRuns): void {
  writeFileSync(path, reportText(runs));
}

export function reportText({ run, variants }: ReportedRuns): string {
  const { seed, startedAt, durationMs, counts, faults, verdicts, verdictsAfterRedrive, versions } = run;
  const found = (name: VerdictName, of: Verdicts): string => `**${of[name].count}**`;
  const offenders = [...listFirst(verdicts), ...listFirst(verdictsAfterRedrive)];
  return [
    introduction,
    '## The last run',
    `${startedAt.toISOString().slice(0, 10)}, seed ${seed}, ${Math.round(durationMs / 1_000)} s, ${faults.length} faults. To repeat it: \`npm run test:integrity -- ${flagsOf(run)}\`.`,
    [faultsLine(faults), ...drainLine(run)].join(' '),
    '### Verdicts',
    'Violations found, before and after all dead letters were redriven:',
    table(
      ['verdict', 'what it counts', 'found', 'after redrive'],
      verdictNames.map((name) => [
        `\`${name}\``,
        verdictMeanings[name],
        found(name, verdicts),
        found(name, verdictsAfterRedrive),
      ]),
    ),
    ...(offenders.length > 0 ? [offenders.join('\n')] : []),
    '### The load',
    table(
      ['', 'number'],
      Object.entries(counts).map(([name, number]) => [name, number.toLocaleString('en')]),
    ),
    '### The faults',
    table(
      ['s', 'fault', 'work in flight when it began'],
      faults.map(({ atMs, what, inFlight }) => [(atMs / 1_000).toFixed(1), what, inFlight]),
    ),
    ...(variants.length > 0 ? ['## Broken on purpose', variantsText(variants)] : []),
    '## Versions',
    table(['', 'version'], Object.entries(versions)),
  ]
    .join('\n\n')
    .concat('\n');
}

/** Returns the command-line flags that repeat the run. */
function flagsOf({
  seed,
  counts: { Orders: orders = fullSize.orders },
  faults,
  brokers = 1,
}: ReportedRun): string {
  return [
    `--seed ${seed}`,
    ...(orders === fullSize.orders ? [] : [`--orders ${orders}`]),
    ...(faults.length === fullSize.faults ? [] : [`--faults ${faults.length}`]),
    ...(brokers === 1 ? [] : [`--brokers ${brokers}`]),
  ].join(' ');
}

function faultsLine(faults: readonly ReportedFault[]): string {
  if (faults.some(({ met, recovered }) => met === undefined || recovered === undefined)) {
    return `Faults: ${faults.length} planned.`;
  }
  const met = faults.filter((fault) => fault.met).length;
  const recovered = faults.filter((fault) => fault.recovered).length;
  return `Faults: ${faults.length} planned, ${met} injected at the planned moment, ${recovered} recovered.`;
}

function drainLine({ drained = [] }: ReportedRun): string[] {
  if (drained.length === 0) {
    return [];
  }
  return [`All work was done before the verdicts: ${drained.map((is) => (is ? 'yes' : 'NO')).join(', ')}.`];
}

function listFirst(verdicts: Verdicts): string[] {
  return verdictNames.flatMap((name) => verdicts[name].first.map((what) => `- \`${name}\`: ${what}`));
}

function variantsText(variants: readonly ReportedVariant[]): string {
  const rows = variants.map(({ what, expected, verdicts }) => [
    what,
    `\`${expected}\``,
    `**${verdicts[expected].count}**`,
    verdicts[expected].first[0] ?? 'not caught',
  ]);
  return `Each row is a short run of a copy of the program with one protection removed. The named verdict must find the violation.

${table(['removed protection', 'verdict', 'found', 'first violation'], rows)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Returns the versions of all programs of the run. */
export async function readVersions(databaseUrl: string): Promise<Readonly<Record<string, string>>> {
  return {
    Machine: `${os.cpus().length} × ${os.cpus()[0]?.model.trim() ?? 'unknown'}, ${os.type()} ${os.release()}`,
    Node: process.versions.node,
    'Apache Kafka': KAFKA_VERSION,
    PostgreSQL: await postgresVersion(databaseUrl),
    ...Object.fromEntries(
      ['kafkajs', 'pg', 'serverless', 'serverless-offline'].map((name) => [name, installedVersion(name)]),
    ),
  };
}

async function postgresVersion(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end();
  }
}

function installedVersion(name: string): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(PROJECT_ROOT, 'node_modules', name, 'package.json'), 'utf8'),
  );
  return String(manifest instanceof Object && 'version' in manifest ? manifest.version : 'unknown');
}
