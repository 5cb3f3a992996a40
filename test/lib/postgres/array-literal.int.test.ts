import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { plainArray, textArray } from '../../../lib/postgres/array-literal.ts';
import { createDatabase, type Database } from '../../../lib/postgres/database.ts';

let database: Database;

beforeAll(() => {
  database = createDatabase(process.env.TEST_DATABASE_URL ?? '');
});
afterAll(async () => {
  await database.close();
});

const itself = <Value>(value: Value): Value => value;

test('any text is unchanged by PostgreSQL, also characters with a meaning in arrays', async () => {
  const special = fc.constantFrom(
    '',
    'NULL',
    'null',
    '"',
    '\\',
    '\\"',
    '{',
    '}',
    ',',
    ' ',
    '\n',
    '{"a",NULL}',
  );
  const text = fc
    .oneof(special, fc.string({ unit: 'binary' }))
    .filter((value) => value.isWellFormed() && !value.includes('\0')); // PostgreSQL cannot store NUL
  const texts = fc.array(fc.option(text), { minLength: 1, maxLength: 20 });

  await fc.assert(
    fc.asyncProperty(texts, async (values) => {
      const { rows } = await database.query('SELECT * FROM unnest($1::text[]) AS value', [
        textArray(values, itself),
      ]);

      expect(rows.map(({ value }) => value)).toEqual(values);
    }),
  );
});

test('an array without elements is empty, and numbers and nulls are unchanged', async () => {
  const { rows } = await database.query('SELECT $1::int[] AS none, $2::int[] AS some, $3::text[] AS texts', [
    plainArray([], itself),
    plainArray([1, null, -2], itself),
    textArray([], itself),
  ]);

  expect(rows).toEqual([{ none: [], some: [1, null, -2], texts: [] }]);
});
