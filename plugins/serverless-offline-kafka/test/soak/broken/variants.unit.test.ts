import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { broken } from './run-variant.ts';
import { variants } from './variants.ts';

const PACKAGE = join(import.meta.dirname, '../../..');

test.each(variants)('the edits of the variant $name still apply to the code', ({ edits }) => {
  for (const edit of edits) {
    const source = readFileSync(join(PACKAGE, edit.file), 'utf8');

    expect(broken(source, edit)).not.toBe(source);
  }
});

test('a text that is missing, or occurs twice, is an error with the file name', () => {
  const edit = { file: 'src/some.ts', find: 'one', replace: 'two' };

  expect(() => broken('three', edit)).toThrow('src/some.ts has the text to be replaced 0 times');
  expect(() => broken('one one', edit)).toThrow('2 times');
  expect(broken('a one b', edit)).toBe('a two b');
});
