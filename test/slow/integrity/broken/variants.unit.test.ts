import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { broken } from './break-copy.ts';
import { variants } from './variants.ts';

const PROJECT_ROOT = join(import.meta.dirname, '../../../..');

test.each(variants)('the edits of variant $name still match the code', ({ edits }) => {
  for (const edit of edits) {
    const source = readFileSync(join(PROJECT_ROOT, edit.file), 'utf8');

    expect(broken(source, edit)).not.toBe(source);
  }
});

test('a text that is missing or occurs twice is an error that names the file', () => {
  const edit = { file: 'lib/some.ts', find: 'one', replace: 'two' };

  expect(() => broken('three', edit)).toThrow('lib/some.ts contains the text to replace 0 times');
  expect(() => broken('one one', edit)).toThrow('2 times');
  expect(broken('a one b', edit)).toBe('a two b');
});
