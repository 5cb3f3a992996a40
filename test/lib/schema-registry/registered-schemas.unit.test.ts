import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import * as z from 'zod';
import { registeredSchemas, subjectOf } from '../../../lib/schema-registry/registered-schemas.ts';

const schemaOf = (name: string): object =>
  z.looseObject({}).parse(JSON.parse(readFileSync(join('contracts/schemas', `${name}.json`), 'utf8')));

/** Knows draft 7 and our own keyword, and throws at every other one. */
const draft7 = (): Ajv =>
  new Ajv({
    strict: true,
    allowUnionTypes: true,
    validateFormats: false,
    keywords: ['x-rules', 'x-open-values'],
  });

test.each(registeredSchemas)(
  '$name uses no keyword that is newer than draft 7 of JSON Schema',
  ({ name }) => {
    const schema = { ...schemaOf(name), $schema: 'http://json-schema.org/draft-07/schema#' };

    expect(() => draft7().compile({ ...schema, prefixItems: [] })).toThrow('prefixItems');
    expect(() => draft7().compile(schema)).not.toThrow();
  },
);

test('no two schemas share a subject, and the prefix of the topics is part of it', () => {
  const subjects = registeredSchemas.map((schema) => subjectOf(schema, 'dev.'));

  expect(new Set(subjects).size).toBe(registeredSchemas.length);
  expect(subjects.every((subject) => subject.startsWith('dev.orders'))).toBe(true);
});
