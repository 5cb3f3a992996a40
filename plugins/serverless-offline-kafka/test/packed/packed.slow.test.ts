import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { brokers, createTopic, produce } from '../support/kafka.ts';
import { until } from '../support/until.ts';
import { type InstalledExample, installExample, installNode20 } from './installed-example.ts';

const START_TIMEOUT_MS = 180_000;
const TYPESCRIPT = join(import.meta.dirname, '../../../../node_modules/typescript-native/bin/tsc');

let example: InstalledExample;

beforeAll(async () => {
  example = await installExample();
});
afterAll(() => example?.remove());

test('the package contains exactly JavaScript, types, licence and README', () => {
  const others = example.packedFiles.filter((path) => !/^dist\/[a-z0-9/-]+(\.d\.ts|\.js)$/.test(path));

  expect(example.packedFiles).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts']));
  expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
});

test('its types are found, and detect a wrong use', () => {
  const settings = ['--noEmit', '--strict', '--module', 'nodenext', '--types', ''];
  const check = (source: string): void => {
    writeFileSync(join(example.directory, 'use.ts'), source);
    execFileSync(process.execPath, [TYPESCRIPT, ...settings, 'use.ts'], { cwd: example.directory });
  };

  check('import Plugin from "serverless-offline-kafka"; export const { hooks } = {} as Plugin;');

  expect(() => check('import Plugin from "serverless-offline-kafka"; new Plugin(1);')).toThrow();
});

const versions = process.platform === 'linux' ? ['20', '24'] : [process.versions.node]; // npm has Node only for Linux

test.each(versions)(
  'on Node %s the installed example handles a record in plain JavaScript',
  async (version) => {
    const node = version === '20' ? await installNode20(example.directory) : process.execPath;
    const topic = await createTopic('greetings', 1);
    await produce(topic, 0, [`hello Node ${version}`]);

    const running = await example.start(node, { KAFKA_BROKERS: brokers });
    await until(
      'the record is handled',
      () => running.output().includes(`hello Node ${version}`) && running.output().includes(': succeeded'),
      START_TIMEOUT_MS,
    ).catch((error) => {
      throw new Error(running.output(), { cause: error });
    });
    const exitCode = await running.interrupt();

    expect(execFileSync(node, ['--version']).toString()).toMatch(`v${version}.`);
    expect(exitCode).toBe(0);
  },
);
