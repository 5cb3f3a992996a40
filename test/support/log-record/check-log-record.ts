import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type ForbiddenValue, type Leak, leakFinder } from './find-leaks.ts';
import {
  linesDirectory,
  type RecordedWay,
  recordedWays,
  TEST_LOG_RECORD,
  valuesDirectory,
} from './log-record.ts';

const RECORDS = join(import.meta.dirname, '../../../.local/log-record');

/** The parts of Jest's configuration that select tests. */
export interface Selection {
  readonly nonFlagArgs: readonly string[];
  readonly testNamePattern?: string | undefined;
  readonly onlyChanged: boolean;
  readonly onlyFailures: boolean;
  readonly shard?: unknown;
}

/** Creates the record of this run. Removes the records of earlier runs that have ended. */
export function startLogRecord(): void {
  for (const name of existsSync(RECORDS) ? readdirSync(RECORDS) : []) {
    if (!isRunning(Number(name))) {
      rmSync(join(RECORDS, name), { recursive: true, force: true });
    }
  }
  const directory = join(RECORDS, `${process.pid}`);
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  process.env[TEST_LOG_RECORD] = directory;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A log line with a leak. */
export interface FoundLeak extends Leak {
  /** Relative to the directory of the record, with the line number. */
  readonly place: string;
  readonly before: string;
}

export interface LogCheck {
  readonly lines: Readonly<Record<RecordedWay, number>>;
  readonly sources: ReadonlySet<string>;
  readonly values: number;
  readonly leaks: readonly FoundLeak[];
}

/** Compares all lines of a record with all its values. */
export function checkLogRecord(directory: string): LogCheck {
  const values = filesIn(valuesDirectory(directory)).flatMap((file) =>
    linesOf(file).map((line): ForbiddenValue => JSON.parse(line)),
  );
  const findLeak = leakFinder(values);
  const lines = Object.fromEntries(recordedWays.map((way) => [way, 0])) as Record<RecordedWay, number>;
  const sources = new Set<string>();
  const leaks: FoundLeak[] = [];
  for (const way of recordedWays) {
    const directoryOfWay = join(linesDirectory(directory), way);
    for (const file of filesIn(directoryOfWay)) {
      sources.add(relative(directoryOfWay, file));
      for (const [index, line] of linesOf(file).entries()) {
        lines[way] += 1;
        const leak = findLeak(line);
        if (leak) {
          const place = `${relative(directory, file)}:${index + 1}`;
          leaks.push({ ...leak, place, before: line.slice(0, Math.min(leak.index, EXCERPT)) });
        }
      }
    }
  }
  return { lines, sources, values: values.length, leaks };
}

const EXCERPT = 100;

function filesIn(directory: string): string[] {
  if (!existsSync(directory)) {
    return [];
  }
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/** Far below the numbers of a whole run. If a way has fewer lines, its recorder does not work. */
const MINIMUM_LINES: readonly (readonly [tier: string, way: RecordedWay, lines: number])[] = [
  ['unit', 'in-process', 200],
  ['int', 'handler-process', 500],
  ['int', 'fresh-process', 40],
  ['e2e', 'npm-start', 700],
  ['e2e', 'invoke-local', 2],
  ['slow', 'integrity', 100],
];

/** Returns what makes the run fail, as lines of text. A run of selected tests may have any number of lines. */
export function faultsOf(check: LogCheck, selection: Selection): string[] {
  const leaks = check.leaks.map(
    ({ place, what, before, text }) => `${place}: ${what} (${mask(text)}) after "${before}"`,
  );
  return isWhole(selection) ? [...leaks, ...missingLines(check)] : leaks;
}

function missingLines({ lines, sources }: LogCheck): string[] {
  const tiers = new Set([...sources].map((source) => /\.(\w+)\.test\.ts$/.exec(source)?.[1]));
  return MINIMUM_LINES.filter(([tier, way, minimum]) => tiers.has(tier) && lines[way] < minimum).map(
    ([, way, minimum]) =>
      `only ${lines[way]} log lines were recorded from ${way}, expected at least ${minimum}`,
  );
}

const isWhole = ({ nonFlagArgs, testNamePattern, onlyChanged, onlyFailures, shard }: Selection): boolean =>
  nonFlagArgs.length === 0 && !testNamePattern && !onlyChanged && !onlyFailures && !shard;

/** Shows enough of a value to recognise its form. */
const mask = (text: string): string => `${text.slice(0, 4)}…, ${text.length} characters`;

const MOST_SHOWN = 50;

/**
 * Checks the record of this run and prints the result. A failure sets the exit code, because Jest writes no results file
 * if a teardown throws. The record of a failed run remains, for the person who looks for the leak.
 */
export function finishLogRecord(selection: Selection): void {
  const directory = process.env[TEST_LOG_RECORD] ?? '';
  const check = checkLogRecord(directory);
  const faults = faultsOf(check, selection);
  const total = Object.values(check.lines).reduce((sum, lines) => sum + lines, 0);
  const parts = Object.entries(check.lines).map(([way, lines]) => `${lines} ${way}`);
  const summary = `${total} log lines (${parts.join(', ')}) and ${check.values} forbidden values`;
  if (faults.length === 0) {
    process.stderr.write(`Redaction: ${summary}, no leak\n`);
    rmSync(directory, { recursive: true, force: true });
    return;
  }
  process.stderr.write(
    `\nThe redaction check of the log FAILED: ${summary}\n` +
      `${faults.slice(0, MOST_SHOWN).join('\n')}\nThe lines are in ${directory}.\n`,
  );
  process.exitCode = 1;
}
