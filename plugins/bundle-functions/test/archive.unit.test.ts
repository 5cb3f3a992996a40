import { expect, test } from '@jest/globals';
import { unzipSync } from 'fflate';
import { archive } from '../src/archive.ts';

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

test('the zip contains the files unchanged', () => {
  const files = new Map([
    ['functions/a.js', bytes('let a;'.repeat(100))],
    ['functions/a.js.map', bytes('{}')],
  ]);

  const unpacked = unzipSync(archive(files));

  expect(new Map(Object.entries(unpacked))).toEqual(files);
});

test('the bytes of a zip do not depend on the order of its files', () => {
  const one = new Map([
    ['a.js', bytes('a')],
    ['b.js', bytes('b')],
  ]);
  const other = new Map([...one].reverse());

  expect(archive(other)).toEqual(archive(one));
});

test('the bytes of a zip do not depend on the time of its creation', () => {
  const files = new Map([['a.js', bytes('a')]]);

  const date = Buffer.from(archive(files)).readUInt16LE(12); // of the first local file header

  expect(date).toBe((1 << 5) | 1); // 1 January 1980, in the format of zip
});
