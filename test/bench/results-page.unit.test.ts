import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { recordSections, replaceSections } from '../../bench/results-page.ts';

const page = '# Results\n\nRead the ratios.\n\n## Fast\n\n1\n\n2\n\n## Slow\n\n3\n';

describe('the page of results', () => {
  test('replaces an existing section and keeps the others unchanged', () => {
    const replaced = replaceSections(page, [{ title: 'Fast', lines: ['4', '', '5'] }]);

    expect(replaced).toBe('# Results\n\nRead the ratios.\n\n## Fast\n\n4\n\n5\n\n## Slow\n\n3\n');
  });

  test('appends a new section at its end', () => {
    const replaced = replaceSections(page, [{ title: 'New', lines: ['6'] }]);

    expect(replaced).toBe(`${page}\n## New\n\n6\n`);
  });
});

test('a measurement that fails keeps the results of those before it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'orderly-results-'));
  const file = join(directory, 'results.md');
  writeFileSync(file, page);
  try {
    const recorded = recordSections(file, [
      async () => ({ title: 'Fast', lines: ['4'] }),
      async () => undefined,
      () => Promise.reject(new Error('too slow')),
      async () => ({ title: 'Never', lines: ['5'] }),
    ]);

    await expect(recorded).rejects.toThrow('too slow');
    expect(readFileSync(file, 'utf8')).toBe(
      '# Results\n\nRead the ratios.\n\n## Fast\n\n4\n\n## Slow\n\n3\n',
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
