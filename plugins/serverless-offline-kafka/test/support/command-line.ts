import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MSKEvent } from 'aws-lambda';
import { freePort } from '../../../../local/process/ports.ts';
import { brokers } from './kafka.ts';

const FIXTURE = join(import.meta.dirname, '../fixture');
const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

/** A running command of the framework for the fixture service, in its own process group. */
export interface CommandLine {
  output(): string;
  /** Returns the events of the function's invocations. */
  events(): MSKEvent[];
  /** Sends SIGINT. Resolves with the exit code. */
  interrupt(): Promise<number | null>;
  readonly ended: Promise<number | null>;
}

const cleanups: (() => Promise<void>)[] = [];

export async function serverless(topic: string, ...command: string[]): Promise<CommandLine> {
  const directory = mkdtempSync(join(tmpdir(), 'serverless-offline-kafka-'));
  const outputFile = join(directory, 'events');
  const child = spawn(process.execPath, [SERVERLESS, ...command], {
    cwd: FIXTURE,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      KAFKA_BROKERS: brokers,
      FIXTURE_TOPIC: topic,
      FIXTURE_OUTPUT: outputFile,
      FIXTURE_LAMBDA_PORT: `${await freePort()}`,
    },
  });
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null) {
      process.kill(-child.pid, name);
    }
  };
  cleanups.push(async () => {
    signal('SIGKILL');
    await ended;
    rmSync(directory, { recursive: true });
  });

  return {
    output: () => output,
    events: () =>
      existsSync(outputFile)
        ? readFileSync(outputFile, 'utf8')
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    interrupt: () => {
      signal('SIGINT');
      return ended;
    },
    ended,
  };
}

/** Ends all commands. Call it in `afterEach`. */
export async function endCommandLines(): Promise<void> {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
}
