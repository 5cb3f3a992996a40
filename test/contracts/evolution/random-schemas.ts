import fc from 'fast-check';
import type { JsonSchema, SchemaObject } from '../../../contracts/evolution/json-schema.ts';

const PATTERNS = ['^[a-z]+$', '^[a-z]{1,4}$', '^[A-Z][0-9]*$'];

const range = (most: number): fc.Arbitrary<readonly [number, number]> =>
  fc.tuple(fc.nat(most), fc.nat(most)).map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);

const oneIn = <T extends object>(share: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | object> =>
  fc.oneof({ weight: share - 1, arbitrary: fc.constant({}) }, arbitrary);

const text: fc.Arbitrary<SchemaObject> = fc
  .oneof(
    range(6).map(([minLength, maxLength]) => ({ minLength, maxLength })),
    fc.constantFrom(...PATTERNS).map((pattern) => ({ pattern })),
    fc.constantFrom('uuid', 'date-time').map((format) => ({ format })),
    fc.constant({}),
  )
  .map((limits) => ({ type: 'string', ...limits }));

const numeric: fc.Arbitrary<SchemaObject> = fc
  .tuple(
    fc.constantFrom('integer', 'number'),
    oneIn(
      2,
      range(20).map(([minimum, maximum]) => ({ minimum, maximum: maximum + 4 })),
    ),
    oneIn(4, fc.constantFrom({ multipleOf: 2 }, { multipleOf: 0.5 })),
  )
  .map(([type, limits, step]) => ({ type, ...limits, ...step }));

const leaf: fc.Arbitrary<SchemaObject> = fc.oneof(
  text,
  numeric,
  fc.constantFrom<SchemaObject[]>(
    { type: 'boolean' },
    { type: 'null' },
    { type: ['string', 'null'] },
    { const: 'fixed' },
    { type: 'string', enum: ['a', 'b', 'c'] },
    { enum: ['a', 1, null] },
    {},
  ),
  fc.constant<SchemaObject>({ $ref: '#/$defs/Shared' }),
);

const objectOf = (inner: fc.Arbitrary<SchemaObject>): fc.Arbitrary<SchemaObject> =>
  fc
    .tuple(
      fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), inner, { maxKeys: 3, noNullPrototype: true }),
      fc.array(fc.nat(3)),
      fc.oneof(
        { weight: 3, arbitrary: fc.constant({}) },
        fc.constant({ additionalProperties: false }),
        inner.map((additionalProperties) => ({ additionalProperties })),
      ),
    )
    .map(([properties, chosen, rest]) => {
      const required = Object.keys(properties).filter((_, index) => chosen.includes(index));
      return { type: 'object', properties, ...(required.length > 0 && { required }), ...rest };
    });

const alternative = (tag: string, inner: SchemaObject): SchemaObject => ({
  type: 'object',
  properties: { tag: { type: 'string', const: tag }, value: inner },
  required: ['tag'],
});

const compound = (inner: fc.Arbitrary<SchemaObject>): fc.Arbitrary<SchemaObject> =>
  fc.oneof(
    { weight: 4, arbitrary: objectOf(inner) },
    fc
      .tuple(inner, range(4))
      .map(([items, [minItems, maxItems]]) => ({ type: 'array', items, minItems, maxItems })),
    fc.tuple(inner, inner).map((prefixItems) => ({
      type: 'array',
      prefixItems,
      items: false,
      minItems: prefixItems.length,
    })),
    fc.tuple(inner, inner).map((anyOf) => ({ anyOf })),
    fc
      .tuple(inner, inner)
      .map(([one, other]) => ({ oneOf: [alternative('x', one), alternative('y', other)] })),
    fc.tuple(objectOf(inner), inner).map(([one, value]) => ({
      allOf: [one, { type: 'object', properties: { z: value }, required: ['z'] }],
    })),
  );

/** Schemas with each keyword that the evolution check compares. All have a definition `Shared`. */
export const randomSchema: fc.Arbitrary<SchemaObject> = fc
  .tuple(objectOf(fc.oneof({ weight: 2, arbitrary: leaf }, compound(leaf))), fc.oneof(text, numeric))
  .map(([schema, Shared]) => ({ ...schema, $defs: { Shared } }));

/** Returns the schema with one edit at one place; `place` and `kind` choose them. */
export function editedSchema(schema: SchemaObject, place: number, kind: number): SchemaObject {
  const places = placesIn(schema, []);
  const path = places[place % places.length] ?? [];
  return editedAt(schema, path, kind);
}

type Path = readonly string[];

const CONTAINERS = new Set(['properties', '$defs', 'anyOf', 'oneOf', 'allOf', 'prefixItems']);
const INNER = new Set(['items', 'additionalProperties']);

const isNode = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** The paths of all schemas inside a schema. */
function placesIn(schema: object, path: Path): readonly Path[] {
  const inner = Object.entries(schema).flatMap(([keyword, value]) => {
    if (INNER.has(keyword) && isNode(value)) {
      return placesIn(value, [...path, keyword]);
    }
    return CONTAINERS.has(keyword) && isNode(value)
      ? Object.entries(value).flatMap(([name, one]) =>
          isNode(one) ? placesIn(one, [...path, keyword, name]) : [],
        )
      : [];
  });
  return [path, ...inner];
}

function editedAt<T extends object>(node: T, path: Path, kind: number): T {
  const [step, ...deeper] = path;
  if (step === undefined) {
    const edits = editsOf(node);
    return { ...(edits[kind % edits.length] ?? node), ...('$defs' in node && { $defs: node.$defs }) } as T;
  }
  const entries = Object.entries(node).map(([name, value]) => [
    name,
    name === step && isNode(value) ? editedAt(value, deeper, kind) : value,
  ]);
  return (Array.isArray(node) ? entries.map(([, value]) => value) : Object.fromEntries(entries)) as T;
}

const without = (schema: SchemaObject, ...names: readonly string[]): SchemaObject =>
  Object.fromEntries(Object.entries(schema).filter(([name]) => !names.includes(name)));

/** Every edit of one schema, without the schemas inside. */
function editsOf(schema: SchemaObject): readonly SchemaObject[] {
  const { $defs: _, ...bare } = schema;
  return [
    { type: 'string' },
    { type: 'integer' },
    {},
    { anyOf: [bare, { type: 'null' }] },
    { allOf: [bare, { minLength: 2 }] },
    { oneOf: [bare, { type: 'boolean' }] },
    ...Object.keys(bare).map((keyword) => without(bare, keyword)),
    ...limitEdits(bare),
    ...valueEdits(bare),
    ...objectEdits(bare),
    ...memberEdits(bare),
  ];
}

const limitEdits = (schema: SchemaObject): readonly SchemaObject[] =>
  [
    ...Object.entries(schema).flatMap(([keyword, value]) =>
      typeof value === 'number' ? [{ [keyword]: value + 1 }, { [keyword]: Math.max(0.5, value - 1) }] : [],
    ),
    ...(schema.type === 'string' ? [{ maxLength: 3 }, { pattern: '^[a-z]+$' }, { format: 'uuid' }] : []),
    ...(schema.type === 'integer' ? [{ type: 'number' }, { minimum: 3 }, { exclusiveMaximum: 10 }] : []),
    ...(schema.type === 'number' ? [{ type: 'integer' }, { maximum: 10 }, { multipleOf: 0.25 }] : []),
    ...(schema.type === 'array' ? [{ maxItems: 3 }, { minItems: 1 }] : []),
  ]
    .map((change) => ({ ...schema, ...change }))
    .map((edited) => ({ ...edited, ...wholeAmounts(edited) }));

/** Lengths and numbers of items are whole numbers. */
const wholeAmounts = (schema: SchemaObject): SchemaObject =>
  Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]) =>
      /Length|Items$/.test(keyword) && typeof value === 'number' ? [[keyword, Math.floor(value)]] : [],
    ),
  );

const valueEdits = (schema: SchemaObject): readonly SchemaObject[] =>
  schema.enum === undefined
    ? []
    : [
        { ...schema, enum: [...schema.enum, 'new'] },
        { ...schema, enum: schema.enum.slice(1) },
        { ...schema, 'x-open-values': true },
      ];

function objectEdits(schema: SchemaObject): readonly SchemaObject[] {
  const { type, properties = {}, required = [] } = schema;
  if (type !== 'object') {
    return [];
  }
  const add = (name: string, one: JsonSchema): SchemaObject => ({
    ...schema,
    properties: { ...properties, [name]: one },
  });
  return [
    add('new', { type: 'string' }),
    { ...add('new', { type: 'string' }), required: [...required, 'new'] },
    { ...schema, additionalProperties: false },
    { ...schema, additionalProperties: { type: 'string' } },
    { ...schema, propertyNames: { type: 'string', maxLength: 3 } },
    ...Object.keys(properties).flatMap((name) => [
      {
        ...schema,
        properties: Object.fromEntries(Object.entries(properties).filter(([other]) => other !== name)),
        required: required.filter((other) => other !== name),
      },
      {
        ...schema,
        required: required.includes(name) ? required.filter((other) => other !== name) : [...required, name],
      },
    ]),
  ];
}

const memberEdits = (schema: SchemaObject): readonly SchemaObject[] =>
  (['anyOf', 'oneOf', 'prefixItems'] as const).flatMap((keyword) => {
    const members = schema[keyword];
    return members === undefined
      ? []
      : [
          { ...schema, [keyword]: members.slice(1) },
          { ...schema, [keyword]: [...members, { type: 'boolean' }] },
          { ...without(schema, keyword), [keyword === 'anyOf' ? 'oneOf' : 'anyOf']: members },
        ];
  });
