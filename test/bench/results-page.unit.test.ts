import { describe, expect, test } from '@jest/globals';
import { replaceSections } from '../../bench/results-page.ts';

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
