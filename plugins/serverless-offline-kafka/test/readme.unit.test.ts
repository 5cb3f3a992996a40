import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

/** Returns the rows of the README's table of AWS behaviour. The last column has test files. */
function tableRows(): string[][] {
  const readme = readFileSync(join(import.meta.dirname, '../README.md'), 'utf8');
  const [, section = ''] = readme.split('## AWS · here · test');
  return section
    .split('\n')
    .filter((line) => /^\| (?!AWS )/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

test('every row of the README’s table names existing tests', () => {
  const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' });

  const named = tableRows().flatMap(([, , tests = '']) => tests.split(', '));

  expect(named.length).toBeGreaterThan(50);
  expect(
    named.filter((name) => !files.some((file) => new RegExp(`^${name}\\.\\w+\\.test\\.ts$`).test(file))),
  ).toEqual([]);
});
