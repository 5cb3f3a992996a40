import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import * as z from 'zod';
import { errorCodes } from '../../lib/errors/orderly-error.ts';
import { deadLetterCodes } from '../../lib/orders/command.ts';

const page = readFileSync('docs/troubleshooting.md', 'utf8');
const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));

function section(heading: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

/** Returns the codes whose row has both a cause and a remedy. */
const explained = (heading: string): string[] =>
  [...section(heading).matchAll(/^\| `(\w+)` \| \S.* \| \S.* \|$/gm)].map(([, code = '']) => code);

describe('docs/troubleshooting.md', () => {
  test('has an entry for every error code, and for no other', () => {
    const codes = [...explained('HTTP codes'), ...explained('Codes in the log')];

    expect(codes.sort()).toEqual(Object.keys(errorCodes).sort());
  });

  test('has an entry for every code of a dead letter, and for no other', () => {
    expect(explained('Dead letters').sort()).toEqual([...deadLetterCodes].sort());
  });

  test('names only scripts that exist', () => {
    const named = [...page.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name = '']) => name);

    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});
