import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Bundle, bundleFunction } from '../src/bundle.ts';

const sources = {
  'package.json': '{"version":"1.0.0"}',
  'functions/hello.ts': `
    export const handler = async () => (await import('../lib/greeting.ts')).greet();
    export const never = () => { if (false) { return import('../lib/unused.ts'); } };`,
  'lib/greeting.ts': `export const greet = async () => 'hello ' + (await import('./deep/name.ts')).name;`,
  'lib/deep/name.ts': `export const name = 'world';`,
  'lib/unused.ts': 'export const unused = 1;',
};

const service = mkdtempSync(join(tmpdir(), 'orderly-bundle-'));
const task = mkdtempSync(join(tmpdir(), 'orderly-task-'));
let bundle: Bundle;

function writeAll(directory: string, files: Iterable<readonly [string, string | Uint8Array]>): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
}

beforeAll(async () => {
  writeAll(service, Object.entries(sources));
  bundle = await bundleFunction({
    serviceDirectory: service,
    handler: 'functions/hello.handler',
    runtime: 'nodejs24.x',
    separateModules: ['lib/greeting.ts', 'lib/deep/name.ts', 'lib/unused.ts'],
  });
  writeAll(task, bundle.files);
});
afterAll(() => {
  rmSync(service, { recursive: true });
  rmSync(task, { recursive: true });
});

test('a bundle has a file for each separate module that it reaches, also over another one', () => {
  expect([...bundle.files.keys()].filter((path) => path.endsWith('.js'))).toEqual([
    'functions/hello.js',
    'lib/greeting.js',
    'lib/deep/name.js',
  ]);
});

test('the files find each other at their paths', () => {
  const script = "require('./functions/hello.js').handler().then((text) => process.stdout.write(text))";

  expect(execFileSync(process.execPath, ['-e', script], { cwd: task, encoding: 'utf8' })).toBe('hello world');
});
