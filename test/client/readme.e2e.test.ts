import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type SharedStart, sharedStart } from '../support/npm-start.ts';

const TYPESCRIPT = 'node_modules/typescript-native/bin/tsc';

let orderly: SharedStart;
let project: string;

/** A project with the built client. `packed.slow.test.ts` installs the package itself. */
beforeAll(async () => {
  orderly = await sharedStart();
  project = mkdtempSync(join(tmpdir(), 'orderly-client-readme-'));
  const installed = join(project, 'node_modules/orderly-client');
  mkdirSync(installed, { recursive: true });
  cpSync('client/package.json', join(installed, 'package.json'));
  const build = ['-p', 'client/tsconfig.build.json', '--outDir', join(installed, 'dist')];
  execFileSync(process.execPath, [TYPESCRIPT, ...build]);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

test('the example of the README runs as it is, in at most 20 lines, and prints what the README says', async () => {
  const readme = readFileSync('client/README.md', 'utf8');
  const [, example = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
  const [, printed = ''] = /It prints:\n\n```\n(.*?)```/s.exec(readme) ?? [];
  writeFileSync(join(project, 'example.mjs'), example);

  const { stdout } = await promisify(execFile)(process.execPath, ['example.mjs'], {
    cwd: project,
    env: { ...process.env, ORDERLY_URL: orderly.apiUrl },
  });

  expect(example.trim().split('\n').length).toBeLessThanOrEqual(20);
  expect(withoutIds(stdout)).toBe(withoutIds(printed));
});

const withoutIds = (text: string): string => text.replace(/^[0-9a-f-]{36} [0-9T:.-]+Z$/gm, '(id) (time)');
