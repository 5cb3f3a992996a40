import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import type { JsonSchema } from '../../contracts/evolution/json-schema.ts';
import { mutatedValue } from './json-mutations.ts';
import { jsonValue } from './json-schema-arbitrary.ts';
import { validatorOf } from './json-schema-validator.ts';

const Address = z
  .strictObject({ city: z.string().min(1), zip: z.string().regex(/^\d{5}$/) })
  .meta({ id: 'Address' });

/** One field for each keyword that zod writes. */
const everything = z.object({
  code: z
    .string()
    .min(2)
    .max(9)
    .regex(/^[A-Z][A-Z0-9-]*$/),
  text: z.string().min(3).max(5).nullable(),
  short: z.string().max(1).optional(),
  name: z
    .string()
    .regex(/^(?=\S)/)
    .meta({ examples: ['Ada'] }),
  foreign: z.string().regex(/^[^\p{Cc}]{1,64}$/u),
  mail: z.email(),
  at: z.iso.datetime({ offset: true }),
  day: z.iso.date(),
  id: z.uuid(),
  site: z.url(),
  count: z.int().min(1).max(10),
  price: z.number().gt(0).max(99.99).multipleOf(0.01),
  ratio: z.number().gt(0).lt(1),
  status: z.enum(['open', 'closed']),
  kind: z.literal('order'),
  mixed: z.literal(['x', 3, null]),
  tags: z.array(z.string().max(8)).min(1).max(3),
  pair: z.tuple([z.string(), z.int()]),
  either: z.union([z.string().min(1), z.int(), z.null()]),
  event: z.discriminatedUnion('type', [
    z.object({ type: z.literal('a'), a: z.int() }),
    z.strictObject({ type: z.literal('b'), b: z.string().optional() }),
  ]),
  counts: z.record(z.string().min(1), z.int()),
  prices: z.record(z.enum(['eur', 'usd']), z.int()),
  both: z.intersection(z.object({ a: z.string() }), z.object({ b: z.int() })),
  affixed: z.string().startsWith('x').max(20),
  home: Address,
  work: Address.optional(),
  forbidden: z.never().optional(),
  any: z.unknown(),
});
const schema: JsonSchema = JSON.parse(JSON.stringify(z.toJSONSchema(everything, { io: 'input' })));

describe('values of a JSON Schema', () => {
  test('ajv accepts every value that is generated for a schema with each keyword of zod', () => {
    const isValid = validatorOf(schema);

    fc.assert(
      fc.property(jsonValue(schema), (value) => isValid(value)),
      { numRuns: 1_000 },
    );
  });

  test('a reference into an OpenAPI document is resolved', () => {
    const document = { components: { schemas: { Order: schema } } };
    const reference = { $ref: '#/components/schemas/Order/properties/count' };
    const isValid = validatorOf(reference, document);

    fc.assert(fc.property(jsonValue(reference, document), (value) => isValid(value)));
    expect(isValid(11)).toBe(false);
    expect(() => jsonValue({ $ref: '#/components/schemas/Gone' }, document)).toThrow(
      '#/components/schemas/Gone is not in the document.',
    );
  });

  test('bounds are reached, optional properties are absent at times, and open objects have further ones', () => {
    const small: JsonSchema = {
      type: 'object',
      properties: {
        n: { type: 'integer', minimum: 1, maximum: 9_999 },
        s: { type: 'string', maxLength: 300 },
      },
      required: ['n'],
    };
    const values = fc
      .sample(jsonValue(small), { numRuns: 500, seed: 7 })
      .map((value) => JSON.stringify(value));

    expect(values.some((one) => one.includes('"n":1,') || one.includes('"n":1}'))).toBe(true);
    expect(values.some((one) => one.includes('"n":9999'))).toBe(true);
    expect(values.some((one) => /"s":".{300}/u.test(one))).toBe(true);
    expect(values.some((one) => !one.includes('"s"'))).toBe(true);
    expect(values.some((one) => one.includes('"x-'))).toBe(true);
  });

  test('a pattern that cannot be generated and has no example is named in the error', () => {
    expect(() => jsonValue({ type: 'string', pattern: '^(?!.)(?=secret)' })).toThrow(
      'Give the schema examples.',
    );
  });

  test('most mutated values are invalid, and some are valid', () => {
    const isValid = validatorOf(schema);
    const verdicts = fc.sample(mutatedValue(schema), { numRuns: 1_000, seed: 7 }).map(isValid);
    const invalid = verdicts.filter((valid) => !valid).length;

    expect(invalid).toBeGreaterThan(500);
    expect(invalid).toBeLessThan(1_000);
  });
});
