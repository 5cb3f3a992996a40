import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import * as z from 'zod';
import { recordSchemas } from '../../../contracts/records/record-schemas.ts';
import { decodeCommand } from '../../../lib/orders/decode-command.ts';
import { jsonValue } from '../../support/json-schema-arbitrary.ts';
import { validatorOf } from '../../support/json-schema-validator.ts';
import { aRecord } from '../../support/records.ts';

const schemaNamed = (name: string) => JSON.parse(readFileSync(`contracts/schemas/${name}.json`, 'utf8'));

describe.each(Object.keys(recordSchemas))('the schema %s', (name) => {
  test('is strict JSON Schema 2020-12 under the name of its file, with title, description and valid examples', () => {
    const ajv = new Ajv2020({ allowUnionTypes: true, keywords: ['x-rules', 'x-open-values'] });
    addFormats.default(ajv);
    const schema = schemaNamed(name);
    const validate = ajv.compile(schema);
    const examples = z.array(z.unknown()).min(1).parse(schema.examples);

    expect(schema).toMatchObject({
      $id: `${name}.json`,
      title: expect.any(String),
      description: expect.any(String),
    });
    expect(examples.filter((example) => !validate(example))).toEqual([]);
  });
});

/** Messages of the rules that JSON Schema cannot express, by the id under `x-rules`. */
const namedRules: Readonly<Record<string, RegExp>> = {
  two_decimals: /^price: must have at most 2 decimals$/,
  storable_total: /^quantity: quantity × price must be below 10000000000000$/,
  well_formed: /unpaired surrogates/,
  storable_time: /^created_at: must be between 1970 and 9999$/,
  leap_second: /^created_at: must be a calendar date/,
};

const rulesIn = (schema: unknown): string[] =>
  [...JSON.stringify(schema).matchAll(/"x-rules":\[(.*?)\]/g)].flatMap(([, rules = '']) =>
    [...rules.matchAll(/"id":"(\w+)"/g)].map(([, id = '']) => id),
  );

/** Prices with more than two decimals break a named rule nearly always, so most prices are rounded. */
const priced = (value: unknown): unknown => {
  const order = z.looseObject({ price: z.number() }).safeParse(value).data;
  return order === undefined ? value : { ...order, price: Math.max(1, Math.round(order.price * 100)) / 100 };
};

const commands = [
  ['order-record', 'order.created'],
  ['cancel-record', 'order.cancel_requested'],
  ['retry-record', 'order.retry_requested'],
] as const;

describe.each(commands)('a record by the schema %s', (name, type) => {
  const schema = schemaNamed(name);
  const decode = (value: unknown) =>
    decodeCommand(
      aRecord({ value: Buffer.from(JSON.stringify(value)), headers: [['event-type', Buffer.from(type)]] }),
    );

  test('is read, unless it breaks a rule that the schema names', () => {
    const known = rulesIn(schema).flatMap((id) => namedRules[id] ?? []);
    let read = 0;

    fc.assert(
      fc.property(jsonValue(schema), fc.boolean(), (generated, isRounded) => {
        const decoded = decode(isRounded ? priced(generated) : generated);
        read += decoded.ok ? 1 : 0;
        const faults = decoded.ok ? [] : decoded.deadLetter.message.split('; ');
        expect(faults.filter((fault) => !known.some((rule) => rule.test(fault)))).toEqual([]);
      }),
      { numRuns: 200 },
    );
    expect(read).toBeGreaterThan(40);
  });

  test.each(Object.entries(z.record(z.string(), z.unknown()).parse(schema.properties)))(
    'with a wrong type in %s is invalid, and a dead letter unless Orderly never reads the field',
    (field) => {
      const wrong = { ...schema.examples[0], [field]: { not: 'a value' } };

      expect(validatorOf(schema)(wrong)).toBe(false);
      expect(decode(wrong).ok).toBe(isIgnored(field));
    },
  );
});

/** Fields that Orderly writes and never reads. */
const isIgnored = (field: string): boolean => ['total_amount', 'status'].includes(field);
