import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeAll, expect, test } from '@jest/globals';
import { buildReference, OUTPUT_DIRECTORY } from '../../reference/build.ts';

/** Lambda's limit for an answer: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_ANSWER_BYTES = 6_291_556;

beforeAll(() => buildReference());

const filesOf = (): Map<string, string> =>
  new Map(
    readdirSync(OUTPUT_DIRECTORY)
      .filter((name) => name.endsWith('.gz'))
      .map((name) => [name.slice(0, -3), readFileSync(join(OUTPUT_DIRECTORY, name), 'base64')]),
  );

test('the same sources give the same files, byte for byte, and no file of another build stays', async () => {
  const first = filesOf();

  await buildReference();

  expect(filesOf()).toEqual(first);
  expect([...first.keys()].sort()).toEqual([
    'index.html',
    expect.stringMatching(/^start-[0-9A-Z]{8}\.js$/),
    expect.stringMatching(/^style-[0-9A-Z]{8}\.css$/),
    expect.stringMatching(/^theme-[0-9A-Z]{8}\.js$/),
  ]);
});

test('the page names exactly the files of the build', () => {
  const files = filesOf();
  const page = gunzipSync(Buffer.from(files.get('index.html') ?? '', 'base64')).toString();

  expect([...page.matchAll(/"\/docs\/([^"]+)"/g)].map(([, name]) => name).sort()).toEqual(
    [...files.keys()].filter((name) => name !== 'index.html').sort(),
  );
});

test('every file fits into an answer of Lambda, also decompressed', () => {
  for (const content of filesOf().values()) {
    const decompressed = gunzipSync(Buffer.from(content, 'base64')).toString('base64');

    expect(decompressed.length).toBeLessThan(MAX_ANSWER_BYTES / 2);
  }
});

test('the script has the licences of Swagger UI and its parts', () => {
  const [name = ''] = [...filesOf().keys()].filter((file) => file.startsWith('start-'));
  const script = gunzipSync(Buffer.from(filesOf().get(name) ?? '', 'base64')).toString();

  expect(script).toContain('Copyright 2020-2021 SmartBear Software Inc.');
  expect(script).toContain('Feross Aboukhadijeh');
});
