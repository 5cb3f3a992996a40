import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { differences } from '../../../contracts/evolution/inclusion.ts';
import {
  definitionsOf,
  type LocatedSchema,
  type SchemaObject,
} from '../../../contracts/evolution/json-schema.ts';
import { jsonValue } from '../../support/json-schema-arbitrary.ts';
import { validatorOf } from '../../support/json-schema-validator.ts';
import { editedSchema, randomSchema } from './random-schemas.ts';

const located = (schema: SchemaObject): LocatedSchema => ({ schema, definitions: definitionsOf(schema) });

const pairs = fc
  .tuple(randomSchema, fc.nat(), fc.nat(), fc.boolean())
  .map(([old, place, kind, isReversed]) => {
    const edited = editedSchema(old, place, kind);
    return isReversed ? { writer: edited, reader: old } : { writer: old, reader: edited };
  });

/** Values of the schema, none if no value is valid by it. */
function samples(schema: SchemaObject, count: number, seed: number): readonly unknown[] {
  try {
    return fc.sample(jsonValue(schema), { numRuns: count, seed });
  } catch {
    return [];
  }
}

describe('the comparison of two schemas', () => {
  test('each of 10,000 samples of the writer is valid for the reader if the comparison finds no difference', () => {
    let checked = 0;
    fc.assert(
      fc.property(pairs, fc.nat(), ({ writer, reader }, seed) => {
        fc.pre(differences(located(writer), located(reader)).length === 0);
        const isValid = validatorOf(reader);
        for (const value of samples(writer, 60, seed)) {
          checked += 1;
          expect([value, isValid(value)]).toEqual([value, true]);
        }
      }),
      { numRuns: 200, maxSkipsPerRun: 20 },
    );

    expect(checked).toBeGreaterThan(10_000);
  });

  test('four of five certain differences are shown by a sample of the writer that the reader rejects', () => {
    let certain = 0;
    let shown = 0;
    fc.assert(
      fc.property(pairs, fc.nat(), ({ writer, reader }, seed) => {
        const found = differences(located(writer), located(reader)).some(({ isCertain }) => isCertain);
        const values = found ? samples(writer, 200, seed) : [];
        fc.pre(values.length > 0);
        const isValid = validatorOf(reader);
        certain += 1;
        shown += values.some((value) => !isValid(value)) ? 1 : 0;
      }),
      { numRuns: 60, maxSkipsPerRun: 20 },
    );

    expect(shown / certain).toBeGreaterThan(0.8);
  });
});
