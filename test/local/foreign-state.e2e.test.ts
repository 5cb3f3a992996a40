import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServerHome } from '../../local/process/server-home.ts';
import { freeEnvironment, runScript } from '../support/npm-start.ts';
import {
  createTestState,
  kafkaDistribution,
  killRecorded,
  linkDistribution,
  untilEnded,
} from '../support/test-state.ts';

let stateDir: string;
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  stateDir = createTestState();
  linkDistribution(stateDir, await kafkaDistribution());
  environment = await freeEnvironment(stateDir);
});
afterEach(async () => {
  await untilEnded(killRecorded(stateDir), 15_000); // a command that was not rejected would keep running
  rmSync(stateDir, { recursive: true, force: true });
});

function makeForeign(name: string): string {
  const directory = join(stateDir, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'precious'), '');
  return directory;
}

const foreignError = (path: string): string =>
  `${path} was not created by Orderly and stays unchanged: move it away, or set STATE_DIR to another directory.`;

describe('in a state directory with foreign content', () => {
  test('reset removes nothing and reports the reason in one line', async () => {
    createServerHome(stateDir, 'kafka');
    const foreign = makeForeign('postgres');
    const before = readdirSync(stateDir, { recursive: true });

    const reset = await runScript(['reset'], environment);

    expect(reset).toEqual({ exitCode: 1, output: `${foreignError(foreign)}\n` });
    expect(readdirSync(stateDir, { recursive: true })).toEqual(before);
  });

  test('reset keeps foreign files with the names of our files', async () => {
    createServerHome(stateDir, 'kafka');
    const files = ['kafka.json', 'postgres.json', 'offline.json'];
    for (const file of files) {
      writeFileSync(join(stateDir, file), '{"precious":true}');
    }

    const reset = await runScript(['reset'], environment);

    expect(reset.exitCode).toBe(0);
    expect(readdirSync(stateDir)).toEqual(expect.arrayContaining(files));
    expect(readdirSync(stateDir)).not.toContain('kafka');
  });

  test.each([
    ['start', 'kafka'],
    ['start', 'postgres'],
    ['stack -- up', 'kafka'],
    ['stack -- up', 'postgres'],
  ])(
    'npm run %s writes nothing into a foreign %s and reports the reason in one line',
    async (script, name) => {
      const foreign = makeForeign(name);

      const { exitCode, output } = await runScript(script.split(' '), environment);

      expect(exitCode).toBe(1);
      expect(output.trim().split('\n').at(-1)).toBe(foreignError(foreign));
      expect(output).not.toMatch(/^ +at /m);
      expect(readdirSync(foreign)).toEqual(['precious']);
    },
  );
});

test.each(['start', 'reset', 'load'])('npm run %s rejects an argument in one line', async (name) => {
  const { exitCode, output } = await runScript([name, '--', 'x'], environment);

  expect(exitCode).toBe(1);
  expect(output).toBe('Unexpected "x": this command takes no arguments; see --help.\n');
  expect(readdirSync(stateDir)).not.toContain('lock');
});
