import { usageError } from '../../cli/command.ts';
import { fingerprint } from './fingerprint.ts';
import {
  type Definitions,
  definitionOf,
  type JsonSchema,
  type Scalar,
  type SchemaObject,
} from './json-schema.ts';

/** A constraint that two schemas share or do not share; its meaning is not looked at. */
export interface OpaqueConstraint {
  readonly keyword: 'pattern' | 'format' | 'contentEncoding' | 'x-rules' | 'oneOf' | 'not';
  readonly text: string;
}

interface Constrained {
  readonly opaque: readonly OpaqueConstraint[];
}

/** Single values: enumerations, constants, booleans and null. */
export interface ValuesShape extends Constrained {
  readonly kind: 'values';
  readonly values: readonly Scalar[];
  /** Readers have to expect other strings. A writer writes the listed ones only. */
  readonly isOpen?: boolean;
}

export interface StringShape extends Constrained {
  readonly kind: 'string';
  readonly minLength: number;
  readonly maxLength: number;
}

export interface Bound {
  readonly value: number;
  readonly isExclusive: boolean;
}

export interface NumberShape extends Constrained {
  readonly kind: 'number';
  readonly lower: Bound;
  readonly upper: Bound;
  /** A value is a multiple of each step. An integer has the step 1. */
  readonly steps: readonly number[];
}

export interface ArrayShape extends Constrained {
  readonly kind: 'array';
  readonly first: readonly JsonSchema[];
  readonly rest: JsonSchema;
  readonly minItems: number;
  readonly maxItems: number;
}

export interface ObjectShape extends Constrained {
  readonly kind: 'object';
  readonly properties: ReadonlyMap<string, JsonSchema>;
  readonly required: ReadonlySet<string>;
  readonly rest: JsonSchema;
  readonly names: JsonSchema;
}

/** Values of one JSON type. A schema is a union of shapes. */
export type Shape = ValuesShape | StringShape | NumberShape | ArrayShape | ObjectShape;

const ALL_TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object'];

/** Returns the shapes whose union is the values of the schema; none for a schema without valid values. */
export function shapesOf(schema: JsonSchema, definitions: Definitions): readonly Shape[] {
  if (typeof schema === 'boolean') {
    return schema ? ownShapes({}) : [];
  }
  const { $ref, allOf = [], anyOf, oneOf } = schema;
  const union = (members: readonly JsonSchema[]) => members.flatMap((one) => shapesOf(one, definitions));
  const parts = [
    ...($ref === undefined ? [] : [shapesOf(definitionOf($ref, definitions), definitions)]),
    ...allOf.map((one) => shapesOf(one, definitions)),
    ...(anyOf === undefined ? [] : [union(anyOf)]),
    ...(oneOf === undefined ? [] : [exactlyOne(oneOf, union(oneOf), definitions)]),
  ];
  return excluding(schema, parts.reduce(intersection, ownShapes(schema)), definitions);
}

/** Returns the shapes that a reader of the schema takes. */
export const readerShapesOf = (schema: JsonSchema, definitions: Definitions): readonly Shape[] =>
  shapesOf(schema, definitions).flatMap((shape): readonly Shape[] =>
    shape.kind === 'values' && shape.isOpen
      ? [shape, { kind: 'string', minLength: 0, maxLength: Infinity, opaque: shape.opaque }]
      : [shape],
  );

const constrained = (shapes: readonly Shape[], ...added: readonly OpaqueConstraint[]): readonly Shape[] =>
  shapes.map((shape) => ({ ...shape, opaque: [...shape.opaque, ...added] }));

/** A value that two members of `oneOf` take is invalid. That restricts the values only if members overlap. */
function exactlyOne(members: readonly JsonSchema[], union: readonly Shape[], definitions: Definitions) {
  const isOverlapping = members.some((one, index) =>
    members.slice(index + 1).some((other) => hasValues({ allOf: [one, other] }, definitions)),
  );
  return isOverlapping
    ? constrained(union, { keyword: 'oneOf', text: fingerprint({ oneOf: members }, definitions) })
    : union;
}

function excluding({ not }: SchemaObject, shapes: readonly Shape[], definitions: Definitions) {
  if (not === undefined || not === false) {
    return shapes;
  }
  const text = fingerprint(not, definitions);
  return text === fingerprint(true, definitions) ? [] : constrained(shapes, { keyword: 'not', text });
}

/** Returns whether any value is valid. Only certain if false: opaque constraints are not looked at. */
export function hasValues(schema: JsonSchema, definitions: Definitions): boolean {
  return shapesOf(schema, definitions).some((shape) => shapeHasValues(shape, definitions));
}

function shapeHasValues(shape: Shape, definitions: Definitions): boolean {
  switch (shape.kind) {
    case 'values':
      return shape.values.length > 0;
    case 'string':
      return shape.minLength <= shape.maxLength;
    case 'number':
      return shape.lower.value <= shape.upper.value;
    case 'array':
      return shape.minItems <= shape.maxItems;
    case 'object':
      return [...shape.required].every((name) =>
        hasValues(shape.properties.get(name) ?? shape.rest, definitions),
      );
  }
}

/** The shapes of a schema without `$ref`, `allOf`, `anyOf`, `oneOf` and `not`. */
function ownShapes(schema: SchemaObject): readonly Shape[] {
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ALL_TYPES);
  const shapes = constrained(
    types.map((type) => shapeOfType(type, schema)),
    ...(schema['x-rules'] ?? []).map(({ id }) => ({ keyword: 'x-rules' as const, text: id })),
  );
  if (schema.enum === undefined && schema.const === undefined) {
    return shapes;
  }
  const listed = scalars(schema.enum ?? [schema.const ?? null]);
  const values = schema.const === undefined ? listed : listed.filter((one) => one === schema.const);
  const isOpen = schema['x-open-values'] ?? false;
  return intersection(shapes, [{ kind: 'values', values, isOpen, opaque: [] }]);
}

function scalars(values: SchemaObject['enum'] = []): readonly Scalar[] {
  return values.map((value) => {
    if (typeof value === 'object' && value !== null) {
      throw usageError('The evolution check compares enumerations of scalar values only.');
    }
    return value;
  });
}

function shapeOfType(type: string, schema: SchemaObject): Shape {
  switch (type) {
    case 'null':
      return { kind: 'values', values: [null], opaque: [] };
    case 'boolean':
      return { kind: 'values', values: [true, false], opaque: [] };
    case 'integer':
    case 'number':
      return {
        kind: 'number',
        lower: highest(bound(schema.minimum, -Infinity), bound(schema.exclusiveMinimum, -Infinity, true)),
        upper: lowest(bound(schema.maximum, Infinity), bound(schema.exclusiveMaximum, Infinity, true)),
        steps: [...(type === 'integer' ? [1] : []), ...(schema.multipleOf ? [schema.multipleOf] : [])],
        opaque: opaque(schema, 'format'),
      };
    case 'string':
      return {
        kind: 'string',
        minLength: schema.minLength ?? 0,
        maxLength: schema.maxLength ?? Infinity,
        opaque: opaque(schema, 'pattern', 'format', 'contentEncoding'),
      };
    case 'array':
      return listShape(schema);
    case 'object':
      return {
        kind: 'object',
        properties: new Map(Object.entries(schema.properties ?? {})),
        required: new Set(schema.required),
        rest: simplified(schema.additionalProperties),
        names: schema.propertyNames ?? true,
        opaque: [],
      };
    default:
      throw usageError(`The evolution check does not know the type "${type}".`);
  }
}

function listShape({
  prefixItems = [],
  items = true,
  minItems = 0,
  maxItems = Infinity,
}: SchemaObject): Shape {
  const rest = simplified(items);
  const most = rest === false ? Math.min(maxItems, prefixItems.length) : maxItems;
  return { kind: 'array', first: prefixItems, rest, minItems, maxItems: most, opaque: [] };
}

/** zod writes `{}` for true and `{ not: {} }` for false. */
function simplified(schema: JsonSchema = true): JsonSchema {
  const text = JSON.stringify(schema);
  return text === '{}' ? true : text === '{"not":{}}' ? false : schema;
}

const opaque = (
  schema: SchemaObject,
  ...keywords: readonly ('pattern' | 'format' | 'contentEncoding')[]
): readonly OpaqueConstraint[] =>
  keywords.flatMap((keyword) => {
    const text = schema[keyword];
    return text === undefined ? [] : [{ keyword, text }];
  });

const bound = (value: number | undefined, otherwise: number, isExclusive = false): Bound =>
  value === undefined ? { value: otherwise, isExclusive: false } : { value, isExclusive };

const highest = (one: Bound, other: Bound): Bound =>
  one.value > other.value || (one.value === other.value && one.isExclusive) ? one : other;

const lowest = (one: Bound, other: Bound): Bound =>
  one.value < other.value || (one.value === other.value && one.isExclusive) ? one : other;

/** The values that are in both unions. */
const intersection = (left: readonly Shape[], right: readonly Shape[]): readonly Shape[] =>
  left.flatMap((one) => right.flatMap((other) => commonShape(one, other)));

function commonShape(left: Shape, right: Shape): readonly Shape[] {
  const both = [...left.opaque, ...right.opaque];
  if (left.kind === 'values') {
    const values = left.values.filter((value) => isWithinBounds(value, right));
    const unread = both.filter(({ keyword }) => keyword !== 'pattern');
    const isOpen = (left.isOpen && (right.kind !== 'values' || right.isOpen)) ?? false;
    return values.length === 0 ? [] : [{ kind: 'values', values, isOpen, opaque: unread }];
  }
  if (right.kind === 'values') {
    return commonShape(right, left);
  }
  if (left.kind === 'string' && right.kind === 'string') {
    const minLength = Math.max(left.minLength, right.minLength);
    return [{ ...left, minLength, maxLength: Math.min(left.maxLength, right.maxLength), opaque: both }];
  }
  if (left.kind === 'number' && right.kind === 'number') {
    const range = { lower: highest(left.lower, right.lower), upper: lowest(left.upper, right.upper) };
    return [{ kind: 'number', ...range, steps: [...left.steps, ...right.steps], opaque: both }];
  }
  if (left.kind === 'array' && right.kind === 'array') {
    return [{ ...commonList(left, right), opaque: both }];
  }
  if (left.kind === 'object' && right.kind === 'object') {
    return [{ ...commonObject(left, right), opaque: both }];
  }
  return [];
}

/** Returns whether the value is in the shape, apart from constraints other than bounds and patterns. */
export function isWithinBounds(value: Scalar, shape: Shape): boolean {
  if (shape.kind === 'values') {
    return shape.values.includes(value);
  }
  if (shape.kind === 'string' && typeof value === 'string') {
    const { length } = [...value];
    const patterns = shape.opaque.filter(({ keyword }) => keyword === 'pattern');
    return (
      length >= shape.minLength &&
      length <= shape.maxLength &&
      patterns.every((pattern) => new RegExp(pattern.text, 'u').test(value))
    );
  }
  if (shape.kind === 'number' && typeof value === 'number') {
    const point = { value, isExclusive: false };
    const isInside = highest(shape.lower, point) === point && lowest(shape.upper, point) === point;
    return isInside && shape.steps.every((step) => isMultiple(value, step));
  }
  return false;
}

/** Returns whether `value` is a multiple of `step`, apart from the error of binary fractions such as 0.01. */
export function isMultiple(value: number, step: number): boolean {
  const quotient = value / step;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9 * Math.max(1, Math.abs(quotient));
}

const both = (left: JsonSchema, right: JsonSchema): JsonSchema =>
  left === true ? right : right === true ? left : { allOf: [left, right] };

function commonList(left: ArrayShape, right: ArrayShape): ArrayShape {
  const length = Math.max(left.first.length, right.first.length);
  const first = Array.from({ length }, (_, index) =>
    both(left.first[index] ?? left.rest, right.first[index] ?? right.rest),
  );
  return {
    ...left,
    first,
    rest: both(left.rest, right.rest),
    minItems: Math.max(left.minItems, right.minItems),
    maxItems: Math.min(left.maxItems, right.maxItems),
  };
}

function commonObject(left: ObjectShape, right: ObjectShape): ObjectShape {
  const names = new Set([...left.properties.keys(), ...right.properties.keys()]);
  const properties = [...names].map((name): [string, JsonSchema] => [
    name,
    both(left.properties.get(name) ?? left.rest, right.properties.get(name) ?? right.rest),
  ]);
  return {
    ...left,
    properties: new Map(properties),
    required: new Set([...left.required, ...right.required]),
    rest: both(left.rest, right.rest),
    names: both(left.names, right.names),
  };
}
