import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { assertOwnHome, createServerHome, removeServerHome } from '../../../local/process/server-home.ts';

let stateDirectory: string;

beforeEach(() => {
  stateDirectory = mkdtempSync(join(tmpdir(), 'server-home-'));
});
afterEach(() => {
  rmSync(stateDirectory, { recursive: true, force: true });
});

test('a home is created once, kept with its content by the next start, and removed completely', () => {
  const home = createServerHome(stateDirectory, 'kafka');
  mkdirSync(join(home, 'data'));
  const again = createServerHome(stateDirectory, 'kafka');
  const kept = existsSync(join(again, 'data'));

  removeServerHome(stateDirectory, 'kafka');

  expect(kept).toBe(true);
  expect(existsSync(home)).toBe(false);
});

test('an empty directory becomes a home, because it has no data to lose', () => {
  mkdirSync(join(stateDirectory, 'postgres'));

  const home = createServerHome(stateDirectory, 'postgres');

  expect(readdirSync(home)).toHaveLength(1);
});

test('a foreign directory is named, and neither written to nor removed', () => {
  const foreign = join(stateDirectory, 'postgres');
  mkdirSync(join(foreign, 'data'), { recursive: true });
  writeFileSync(join(foreign, 'data', 'PG_VERSION'), '17\n');
  const foreignError = expect.objectContaining({
    code: 'local_stack',
    message: expect.stringContaining(`${foreign} was not created by Orderly`),
  });

  expect(() => createServerHome(stateDirectory, 'postgres')).toThrow(foreignError);
  expect(() => removeServerHome(stateDirectory, 'postgres')).toThrow(foreignError);

  expect(readdirSync(foreign, { recursive: true })).toEqual(['data', join('data', 'PG_VERSION')]);
});

test('a file in place of the directory is foreign', () => {
  writeFileSync(join(stateDirectory, 'kafka'), '');

  expect(() => assertOwnHome(stateDirectory, 'kafka')).toThrow('was not created by Orderly');
});

test('the removal of a missing home succeeds', () => {
  expect(() => removeServerHome(stateDirectory, 'kafka')).not.toThrow();
});
