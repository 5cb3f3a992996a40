import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { anchorsOf, proseOf } from '../support/markdown.ts';

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'client/README.md',
  'events/README.md',
  'bench/results.md',
  ...globSync('docs/**/*.md'),
  ...globSync('plugins/*/README.md'),
];

/** The links of a page that lead into this repository. */
function linksOf(page: string): string[] {
  const targets = [...proseOf(readFileSync(page, 'utf8')).matchAll(/\]\(([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  );
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  return (
    !existsSync(target) || (anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor))
  );
}

test.each(pages)('every link of %s leads to a file that exists, and to a heading that it has', (page) => {
  expect(linksOf(page).filter((link) => isBroken(page, link))).toEqual([]);
});

test('the pages contain links', () => {
  expect(linksOf('README.md')).toContain('docs/errors.md');
  expect(linksOf('docs/migration.md')).toContain('../test/migration/switch-over.slow.test.ts');
});
