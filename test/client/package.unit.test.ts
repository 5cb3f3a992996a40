import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { build } from 'esbuild';
import * as z from 'zod';

const MAX_BYTES = 6 * 1_024;

const manifest = z
  .looseObject({ version: z.string(), license: z.string() })
  .parse(JSON.parse(readFileSync('client/package.json', 'utf8')));

test('the client is at most 6 KiB, minified and compressed, and uses nothing that a browser lacks', async () => {
  const { outputFiles } = await build({
    entryPoints: ['client/src/index.ts'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  const bytes = gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;

  expect(bytes).toBeGreaterThan(1_024);
  expect(bytes).toBeLessThanOrEqual(MAX_BYTES);
});

test('the client compiles with the types of browsers and without those of Node', () => {
  const compile = (): string =>
    execFileSync(process.execPath, [
      'node_modules/typescript-native/bin/tsc',
      '-p',
      'client/tsconfig.build.json',
      '--noEmit',
      'true',
    ]).toString();

  expect(compile()).toBe('');
});

test('the package has no dependency, the licence of the repository, and its version', () => {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')));

  expect(Object.keys(manifest).filter((name) => /dependencies/i.test(name))).toEqual([]);
  expect(manifest).toMatchObject({ version, license: 'MIT' });
  expect(readFileSync('client/LICENSE', 'utf8')).toBe(readFileSync('LICENSE', 'utf8'));
});
