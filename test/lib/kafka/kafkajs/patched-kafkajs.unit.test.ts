import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const [OURS, PLUGINS] = ['lib/kafka/kafkajs', 'plugins/serverless-offline-kafka/src/kafka/kafkajs'];

const filesOf = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

test('the plugin, a separate package, patches kafkajs with identical files', () => {
  expect(filesOf(OURS)).toMatchObject(filesOf(PLUGINS));
});

test('a process that imports both, in either order, has one patched kafkajs', () => {
  const program = (first: string, second: string): string => `
    import { createRequire } from 'node:module';
    const { kafkajs: one } = await import('./${first}/patched-kafkajs.ts');
    const { kafkajs: two } = await import('./${second}/patched-kafkajs.ts');
    const { decode } = createRequire(process.cwd() + '/x')('kafkajs/src/protocol/requests/fetch/v11/response.js');
    console.log(one === two, decode.name);`;
  const run = (source: string): string =>
    execFileSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' }).trim();

  expect(run(program(OURS, PLUGINS))).toBe('true decodeFetchResponse');
  expect(run(program(PLUGINS, OURS))).toBe('true decodeFetchResponse');
});
