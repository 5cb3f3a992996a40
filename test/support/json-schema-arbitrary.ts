import fc from 'fast-check';
import type { Json, JsonObject, JsonSchema, SchemaObject } from '../../contracts/evolution/json-schema.ts';
import { validatorOf } from './json-schema-validator.ts';

/**
 * Returns an arbitrary of values that are valid by the schema. References are resolved in `root`: a schema with
 * `$defs`, or an OpenAPI document. Open objects sometimes have a further property, whose name begins with `x-`.
 *
 * A pattern that fast-check cannot generate needs `examples` beside it, unless many ordinary strings match it.
 * Schemas that contain themselves are not supported.
 */
export function jsonValue(schema: JsonSchema, root: unknown = schema): fc.Arbitrary<Json> {
  if (schema === true) {
    return anyJson;
  }
  if (schema === false || isNever(schema)) {
    throw new Error('No value is valid by the schema false.');
  }
  const { $ref, anyOf, oneOf, allOf, ...rest } = schema;
  if ($ref !== undefined) {
    return jsonValue(merged(resolve($ref, root), schemaWithout(schema, '$ref')), root);
  }
  const alternatives = anyOf ?? oneOf;
  if (alternatives !== undefined) {
    const base = schemaWithout(schema, anyOf === undefined ? 'oneOf' : 'anyOf');
    const members = alternatives.map((one) => jsonValue(merged(base, dereferenced(one, root)), root));
    return filtered(fc.oneof(...members), validatorOf(schema, root), schema);
  }
  if (allOf !== undefined) {
    const whole = allOf.reduce<JsonSchema>((sum, one) => merged(sum, dereferenced(one, root)), rest);
    return filtered(jsonValue(whole, root), validatorOf(schema, root), schema);
  }
  return plainValue(rest, root);
}

const anyJson: fc.Arbitrary<Json> = fc
  .jsonValue({ maxDepth: 1, depthSize: 'small' })
  .map((value): Json => JSON.parse(JSON.stringify(value)));

const isNever = (schema: JsonSchema): boolean =>
  schema === false ||
  (typeof schema === 'object' && schema.not !== undefined && JSON.stringify(schema.not) === '{}');

/** A schema without `$ref`, `anyOf`, `oneOf` and `allOf`. */
function plainValue(schema: SchemaObject, root: unknown): fc.Arbitrary<Json> {
  if (schema.const !== undefined) {
    return fc.constant(schema.const);
  }
  if (schema.enum !== undefined) {
    return filtered(fc.constantFrom(...schema.enum), validatorOf(schema, root), schema);
  }
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? inferredTypes(schema));
  return types.length === 0 ? anyJson : fc.oneof(...types.map((type) => ofType(type, schema, root)));
}

/** zod writes the type beside every other keyword, except in members of `allOf`. */
const inferredTypes = (schema: SchemaObject): readonly string[] =>
  schema.pattern === undefined && schema.format === undefined
    ? schema.properties === undefined
      ? []
      : ['object']
    : ['string'];

function ofType(type: string, schema: SchemaObject, root: unknown): fc.Arbitrary<Json> {
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'number':
      return numberValue(schema, type === 'integer' ? integerStep(schema.multipleOf) : schema.multipleOf);
    case 'string':
      return stringValue(schema);
    case 'array':
      return arrayValue(schema, root);
    case 'object':
      return objectValue(schema, root);
    default:
      throw new Error(`Unknown type "${type}".`);
  }
}

/** Beyond this, numbers lose precision as multiples of 0.01. */
const LARGE = 2 ** 40;

/** The smallest integer that is a multiple of `multipleOf`. */
const integerStep = (multipleOf = 1): number =>
  Array.from({ length: 100 }, (_, index) => multipleOf * (index + 1)).find(Number.isInteger) ?? 1;

function numberValue(schema: SchemaObject, step: number | undefined): fc.Arbitrary<number> {
  const lowest = Math.max(schema.minimum ?? -LARGE, schema.exclusiveMinimum ?? -LARGE, -LARGE);
  const highest = Math.min(schema.maximum ?? LARGE, schema.exclusiveMaximum ?? LARGE, LARGE);
  const all =
    step === undefined
      ? fc.double({ min: lowest, max: highest, noNaN: true, noDefaultInfinity: true })
      : fc
          .integer({ min: Math.ceil(lowest / step), max: Math.floor(highest / step) })
          .map((count) => Number((count * step).toPrecision(15)));
  const atBounds = [schema.minimum, schema.maximum].filter((bound) => bound !== undefined);
  const isValid = (value: number): boolean =>
    value > (schema.exclusiveMinimum ?? -Infinity) &&
    value < (schema.exclusiveMaximum ?? Infinity) &&
    (step === undefined || Math.abs(value / step - Math.round(value / step)) < 1e-6);
  const values = fc.oneof({ weight: 9, arbitrary: all }, ...atBounds.map((bound) => fc.constant(bound)));
  return filtered(values, isValid, schema).map((value) => (value === 0 ? 0 : value)); // JSON has no -0
}

const time = fc.date({
  min: new Date('1970-01-01T00:00:00Z'),
  max: new Date('9999-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const offset = fc.constantFrom('Z', '+00:00', '+05:30', '-08:00');

const formats: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'date-time': fc.tuple(time, offset).map(([at, zone]) => at.toISOString().replace('Z', zone)),
  date: time.map((at) => at.toISOString().slice(0, 10)),
  uuid: fc.uuid(),
  email: fc.emailAddress(),
  uri: fc.webUrl(),
};

function stringValue(schema: SchemaObject): fc.Arbitrary<string> {
  const { pattern, minLength = 0, maxLength = Infinity, format } = schema;
  const regex = pattern === undefined ? /(?:)/u : new RegExp(pattern, 'u');
  const isValid = (text: string): boolean => {
    const { length } = [...text];
    return length >= minLength && length <= maxLength && regex.test(text);
  };
  const candidates =
    formats[format ?? ''] ?? (pattern === undefined ? textOfLength(minLength, maxLength) : matching(regex));
  if (isLikely(candidates, isValid)) {
    return candidates.filter(isValid);
  }
  const examples = (schema.examples ?? []).filter((one) => typeof one === 'string');
  if (examples.length === 0) {
    throw impossible(schema);
  }
  return filtered(fc.constantFrom(...examples), isValid, schema);
}

const impossible = (schema: SchemaObject): Error =>
  new Error(`No values can be generated for ${JSON.stringify(schema)}. Give the schema examples.`);

/** A filter that hardly any value passes would never end. */
function filtered<T>(
  candidates: fc.Arbitrary<T>,
  isValid: (value: T) => boolean,
  schema: SchemaObject,
): fc.Arbitrary<T> {
  if (!isLikely(candidates, isValid)) {
    throw impossible(schema);
  }
  return candidates.filter(isValid);
}

const isLikely = <T>(candidates: fc.Arbitrary<T>, isValid: (value: T) => boolean): boolean =>
  fc.sample(candidates, { numRuns: 40, seed: 1 }).filter(isValid).length >= 2;

// Building these and the matchers takes milliseconds each time.
const asciiCharacter = fc.string({ minLength: 1, maxLength: 1, unit: 'grapheme-ascii' });
const anyCharacter = fc.string({ minLength: 1, maxLength: 1, unit: 'binary' });

/** Strings of ASCII and of any characters, sometimes as long as permitted. */
function textOfLength(minLength: number, maxLength: number): fc.Arbitrary<string> {
  const usual = { minLength, maxLength: Math.min(maxLength, minLength + 20) };
  const longest = Math.min(maxLength, 1_000);
  return fc.oneof(
    { weight: 5, arbitrary: fc.string({ ...usual, unit: asciiCharacter }) },
    { weight: 4, arbitrary: fc.string({ ...usual, unit: anyCharacter }) },
    fc.string({ minLength: longest, maxLength: longest, unit: asciiCharacter }),
  );
}

const matchers = new Map<string, fc.Arbitrary<string>>();

function matching(regex: RegExp): fc.Arbitrary<string> {
  const matcher = matchers.get(regex.source) ?? matcherOf(regex);
  matchers.set(regex.source, matcher);
  return matcher;
}

/** fast-check does not generate look-around, `\b` and Unicode properties. */
function matcherOf(regex: RegExp): fc.Arbitrary<string> {
  try {
    return fc.stringMatching(regex);
  } catch {
    return textOfLength(0, 64);
  }
}

function arrayValue(schema: SchemaObject, root: unknown): fc.Arbitrary<Json> {
  const { prefixItems = [], items = true, minItems = 0, maxItems = Infinity } = schema;
  const head = fc.tuple(...prefixItems.map((one) => jsonValue(one, root)));
  if (isNever(items)) {
    const isLongEnough = (values: readonly Json[]) => values.length >= minItems && values.length <= maxItems;
    return filtered(head, isLongEnough, schema);
  }
  const atLeast = Math.max(0, minItems - prefixItems.length);
  const atMost = Math.min(maxItems - prefixItems.length, atLeast + 4);
  const tail = fc.array(jsonValue(items, root), { minLength: atLeast, maxLength: atMost });
  return fc.tuple(head, tail).map(([first, further]) => [...first, ...further]);
}

function objectValue(schema: SchemaObject, root: unknown): fc.Arbitrary<Json> {
  const { properties = {}, required = [], additionalProperties = true, propertyNames } = schema;
  const known = Object.entries(properties).filter(([, one]) => !isNever(one));
  const unlisted = required
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name): [string, JsonSchema] => [name, additionalProperties]);
  const fields = [...known, ...unlisted].map(([name, one]) => [name, jsonValue(one, root)]);
  const record: fc.Arbitrary<JsonObject> = fc.record(Object.fromEntries(fields), {
    requiredKeys: [...required],
    noNullPrototype: true,
  });
  if (isNever(additionalProperties)) {
    return record;
  }
  const names =
    propertyNames === undefined
      ? fc.stringMatching(/^x-[a-z]{1,8}$/)
      : jsonValue(merged({ type: 'string' }, dereferenced(propertyNames, root)), root).map(String);
  const isUnlisted = (name: string): boolean => !Object.hasOwn(properties, name);
  const further = fc.dictionary(filtered(names, isUnlisted, schema), jsonValue(additionalProperties, root), {
    maxKeys: 2,
    noNullPrototype: true,
  });
  const objects = fc.oneof(
    { weight: 3, arbitrary: record },
    fc.tuple(record, further).map(([known, more]) => ({ ...more, ...known })),
  );
  return propertyNames === undefined ? objects : filtered(objects, validatorOf(schema, root), schema);
}

const schemaWithout = (schema: SchemaObject, keyword: keyof SchemaObject): SchemaObject =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => name !== keyword));

/** Joins two schemas approximately. Callers filter the values by the real schema. */
function merged(left: JsonSchema, right: JsonSchema): JsonSchema {
  if (typeof left === 'boolean' || typeof right === 'boolean') {
    return left === true ? right : right === true ? left : false;
  }
  const properties = { ...left.properties, ...right.properties };
  const required = [...new Set([...(left.required ?? []), ...(right.required ?? [])])];
  return {
    ...left,
    ...right,
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

const dereferenced = (schema: JsonSchema, root: unknown): JsonSchema =>
  typeof schema === 'object' && schema.$ref !== undefined
    ? merged(dereferenced(resolve(schema.$ref, root), root), schemaWithout(schema, '$ref'))
    : schema;

/** Follows a JSON pointer such as `#/$defs/Order`. */
function resolve(reference: string, root: unknown): JsonSchema {
  let target = root;
  for (const step of reference.split('/').slice(1)) {
    const name = step.replaceAll('~1', '/').replaceAll('~0', '~');
    target =
      typeof target === 'object' && target !== null
        ? Object.entries(target).find(([key]) => key === name)?.[1]
        : undefined;
  }
  if (typeof target !== 'object' || target === null) {
    throw new Error(`${reference} is not in the document.`);
  }
  return target;
}
