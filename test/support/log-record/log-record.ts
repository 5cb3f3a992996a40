import type { ChildProcess } from 'node:child_process';
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type ForbiddenKind, forbiddenValue } from './find-leaks.ts';

/**
 * The record of a test run: the log lines of the code under test, and the values that no log line may contain. Every process
 * of the run appends to files of one directory. `check-log-record.ts` compares both at the end of the run.
 */

/** The variable with the directory of the record. Without it, nothing is recorded. */
export const TEST_LOG_RECORD = 'TEST_LOG_RECORD';

/** The variable with the path of the running test file. The shared `npm start` belongs to none. */
export const TEST_LOG_SOURCE = 'TEST_LOG_SOURCE';

/** How lines reach the record. */
export const recordedWays = [
  'in-process',
  'handler-process',
  'fresh-process',
  'invoke-local',
  'npm-start',
  'integrity',
] as const;

export type RecordedWay = (typeof recordedWays)[number];

export const linesDirectory = (directory: string): string => join(directory, 'lines');
export const valuesDirectory = (directory: string): string => join(directory, 'values');

function fileIn(area: (directory: string) => string, ...names: readonly string[]): string | undefined {
  const directory = process.env[TEST_LOG_RECORD];
  const source = process.env[TEST_LOG_SOURCE] ?? 'shared';
  return directory && join(area(directory), ...names, source);
}

function append(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  appendFileSync(file, text);
}

/** Adds complete lines to the record. */
export function recordLines(way: RecordedWay, text: string): void {
  const file = fileIn(linesDirectory, way);
  if (file !== undefined && text !== '') {
    append(file, text.endsWith('\n') ? text : `${text}\n`);
  }
}

/** Adds the lines of a running child process to the record, both streams, except lines that match `except`. */
export function recordOutput(way: RecordedWay, { stdout, stderr }: ChildProcess, except?: RegExp): void {
  for (const stream of [stdout, stderr]) {
    const record = lineRecorder(way, except);
    stream?.setEncoding('utf8').on('data', record.add).once('close', record.end);
  }
}

export interface LineRecorder {
  readonly add: (chunk: string) => void;
  /** Adds a last line without a line break. */
  readonly end: () => void;
}

/** Splits a stream into lines, because two processes append to the same file. */
export function lineRecorder(way: RecordedWay, except?: RegExp): LineRecorder {
  let rest = '';
  const record = (lines: readonly string[]): void =>
    recordLines(way, lines.filter((line) => line !== '' && !except?.test(line)).join('\n'));
  return {
    add: (chunk) => {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      record(lines);
    },
    end: () => record([rest]),
  };
}

const registered = new Set<string>();

/** Registers a value that no log line of this run may contain. Call it where a test makes the value. */
export function forbid(kind: ForbiddenKind, value: string): void {
  const forbidden = forbiddenValue(kind, value);
  const file = fileIn(valuesDirectory);
  if (forbidden === undefined || file === undefined || registered.has(forbidden.start)) {
    return;
  }
  registered.add(forbidden.start);
  append(file, `${JSON.stringify(forbidden)}\n`);
}

/** Registers the body of a request, its credentials and its Idempotency-Key. */
export function forbidRequest(headers: Readonly<Record<string, string>>, body?: string): void {
  if (body !== undefined) {
    forbid('body', body);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name.toLowerCase() === 'idempotency-key') {
      forbid('Idempotency-Key', value);
    }
    if (name.toLowerCase() === 'authorization') {
      forbid('token', value.replace(/^\S+\s+/, ''));
    }
  }
}
