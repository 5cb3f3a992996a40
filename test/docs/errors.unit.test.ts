import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { errorCodes } from '../../lib/errors/orderly-error.ts';
import { httpStatus } from '../../lib/http/problem.ts';
import { deadLetterCodes } from '../../lib/orders/command.ts';

const page = readFileSync('docs/errors.md', 'utf8');

/** First column (and second, when it is a status) of the table under a heading. */
function table(heading: string): { code: string; status: number }[] {
  const section = page.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| `(\w+)` \|(?: (\d{3}) \|)?/gm)].map(([, code = '', status]) => ({
    code,
    status: Number(status ?? 500),
  }));
}

describe('docs/errors.md', () => {
  test('lists every error code with its HTTP status, and no other', () => {
    const documented = [...table('Answers of the HTTP API'), ...table('Codes in logs')];

    expect(Object.fromEntries(documented.map(({ code, status }) => [code, status]))).toEqual(httpStatus);
    expect(documented.map(({ code }) => code).sort()).toEqual(Object.keys(errorCodes).sort());
  });

  test('lists every code of a dead letter, and no other', () => {
    expect(table('Dead letters').map(({ code }) => code)).toEqual([...deadLetterCodes]);
  });
});
