import type { JsonSchema } from './json-schema.ts';
import type { Difference, Rule } from './rules.ts';
import {
  type ArrayShape,
  type Bound,
  isMultiple,
  type NumberShape,
  type ObjectShape,
  type OpaqueConstraint,
  type Shape,
  type StringShape,
  type ValuesShape,
} from './shapes.ts';
import { amountNoun } from './wording.ts';

export interface ShapeComparison {
  /** See `InclusionOptions`. */
  readonly isClient: boolean;
  /** Compares two schemas inside the shapes. */
  readonly compare: (writer: JsonSchema, reader: JsonSchema, path: string) => readonly Difference[];
}

/** The reasons why a value in the writer's shape may not be in the reader's, which has the same kind. */
export function shapeDifferences(
  writer: Exclude<Shape, ValuesShape>,
  reader: Shape,
  path: string,
  comparison: ShapeComparison,
): readonly Difference[] {
  return [
    ...keywordDifferences(writer, reader, path, comparison),
    ...opaqueDifferences(writer, reader, path),
  ];
}

function keywordDifferences(
  writer: Shape,
  reader: Shape,
  path: string,
  comparison: ShapeComparison,
): readonly Difference[] {
  if (writer.kind === 'string' && reader.kind === 'string') {
    return stringDifferences(writer, reader, path);
  }
  if (writer.kind === 'number' && reader.kind === 'number') {
    return numberDifferences(writer, reader, path);
  }
  if (writer.kind === 'array' && reader.kind === 'array') {
    return arrayDifferences(writer, reader, path, comparison);
  }
  return writer.kind === 'object' && reader.kind === 'object'
    ? objectDifferences(writer, reader, path, comparison)
    : [];
}

/** One certain difference if the condition holds. */
const unless = (
  isIncluded: boolean,
  path: string,
  rule: Rule,
  writes: string,
  reads: string,
): readonly Difference[] => (isIncluded ? [] : [{ path, rule, writes, reads, isCertain: true }]);

const amounts = (
  path: string,
  rules: { readonly min: Rule; readonly max: Rule },
  unit: string,
  writer: { readonly min: number; readonly max: number },
  reader: { readonly min: number; readonly max: number },
): readonly Difference[] => [
  ...unless(
    writer.min >= reader.min,
    path,
    rules.min,
    amountNoun('at least', writer.min, unit),
    amountNoun('at least', reader.min, unit),
  ),
  ...unless(
    writer.max <= reader.max,
    path,
    rules.max,
    amountNoun('at most', writer.max, unit),
    amountNoun('at most', reader.max, unit),
  ),
];

const stringDifferences = (writer: StringShape, reader: StringShape, path: string): readonly Difference[] =>
  amounts(
    path,
    { min: 'min-length', max: 'max-length' },
    'characters',
    { min: writer.minLength, max: writer.maxLength },
    { min: reader.minLength, max: reader.maxLength },
  );

function numberDifferences(writer: NumberShape, reader: NumberShape, path: string): readonly Difference[] {
  const { lower, upper, steps } = writer;
  const isAbove = lower.value > reader.lower.value || isSameOrStricter(lower, reader.lower);
  const isBelow = upper.value < reader.upper.value || isSameOrStricter(upper, reader.upper);
  const missing = reader.steps.filter((step) => !steps.some((finer) => isMultiple(finer, step)));
  return [
    ...unless(
      isAbove,
      path,
      'minimum',
      boundNoun(lower, 'from', 'above'),
      boundNoun(reader.lower, 'from', 'above'),
    ),
    ...unless(
      isBelow,
      path,
      'maximum',
      boundNoun(upper, 'up to', 'below'),
      boundNoun(reader.upper, 'up to', 'below'),
    ),
    ...missing.flatMap((step) =>
      unless(false, path, step === 1 ? 'type' : 'multiple-of', multiplesNoun(steps), multiplesNoun([step])),
    ),
  ];
}

const isSameOrStricter = (writer: Bound, reader: Bound): boolean =>
  writer.value === reader.value && (writer.isExclusive || !reader.isExclusive);

const boundNoun = ({ value, isExclusive }: Bound, including: string, excluding: string): string =>
  Number.isFinite(value)
    ? `numbers ${isExclusive ? excluding : including} ${value}`
    : 'numbers without a limit';

const multiplesNoun = (steps: readonly number[]): string =>
  steps.length === 0
    ? 'any fraction'
    : steps.map((step) => (step === 1 ? 'integers' : `multiples of ${step}`)).join(', ');

function arrayDifferences(
  writer: ArrayShape,
  reader: ArrayShape,
  path: string,
  { compare }: ShapeComparison,
): readonly Difference[] {
  const listed = Math.min(Math.max(writer.first.length, reader.first.length), writer.maxItems);
  const places = Array.from({ length: listed }, (_, index) => index);
  return [
    ...amounts(
      path,
      { min: 'min-items', max: 'max-items' },
      'items',
      { min: writer.minItems, max: writer.maxItems },
      { min: reader.minItems, max: reader.maxItems },
    ),
    ...places.flatMap((index) =>
      compare(writer.first[index] ?? writer.rest, reader.first[index] ?? reader.rest, `${path}[${index}]`),
    ),
    // Items beyond the reader's maximum are reported already.
    ...(Math.min(writer.maxItems, reader.maxItems) > listed
      ? compare(writer.rest, reader.rest, `${path}[]`)
      : []),
  ];
}

function objectDifferences(
  writer: ObjectShape,
  reader: ObjectShape,
  path: string,
  comparison: ShapeComparison,
): readonly Difference[] {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`);
  const isWritten = (name: string): boolean =>
    writer.required.has(name) && (!comparison.isClient || writer.properties.has(name));
  const missing = [...reader.required].filter((name) => !isWritten(name));
  return [
    ...missing.flatMap((name) => unless(false, at(name), 'required', 'no value', 'a value')),
    ...propertyDifferences(writer, reader, at, comparison),
    ...otherPropertyDifferences(writer, reader, path, at('*'), comparison),
    ...nameDifferences(writer, reader, path, comparison),
  ];
}

/** The schema of the properties that the reader does not list. */
const restOf = (reader: ObjectShape, { isClient }: ShapeComparison): JsonSchema =>
  isClient && reader.rest === false ? true : reader.rest;

function propertyDifferences(
  writer: ObjectShape,
  reader: ObjectShape,
  at: (name: string) => string,
  comparison: ShapeComparison,
): readonly Difference[] {
  const names = new Set([...writer.properties.keys(), ...reader.properties.keys()]);
  return [...names].flatMap((name) => {
    const written = writer.properties.get(name) ?? writer.rest;
    const read = reader.properties.get(name) ?? restOf(reader, comparison);
    if (!writer.properties.has(name)) {
      if (comparison.isClient) {
        return unless(
          reader.required.has(name),
          at(name),
          'property-removed',
          'no value',
          'a value at times',
        );
      }
      if (written === true && !writer.required.has(name)) {
        return []; // The assumption of `differences`: nobody writes it.
      }
    }
    const found = comparison.compare(written, read, at(name));
    return read === false
      ? unless(found.length === 0, at(name), 'property', 'a value', 'no property of this name')
      : found;
  });
}

function otherPropertyDifferences(
  writer: ObjectShape,
  reader: ObjectShape,
  path: string,
  anyName: string,
  comparison: ShapeComparison,
): readonly Difference[] {
  const read = restOf(reader, comparison);
  const found = comparison.compare(writer.rest, read, anyName);
  return read === false
    ? unless(found.length === 0, path, 'closed-object', 'unknown properties', 'only the listed properties')
    : found;
}

function nameDifferences(
  writer: ObjectShape,
  reader: ObjectShape,
  path: string,
  { compare }: ShapeComparison,
): readonly Difference[] {
  const listed = compare({ enum: [...writer.properties.keys()] }, reader.names, path);
  const others = writer.rest === false ? [] : compare(writer.names, reader.names, path);
  return [...listed, ...others].map((one): Difference => ({ ...one, rule: 'property-name' }));
}

/**
 * Constraints that the reader has and the writer has not. If the writer has another one of the same keyword, its
 * values might nevertheless all be valid: that cannot be decided.
 */
export function opaqueDifferences(writer: Shape, reader: Shape, path: string): readonly Difference[] {
  const isPart = (of: Shape, constraint: OpaqueConstraint): boolean =>
    of.opaque.some(({ keyword, text }) => keyword === constraint.keyword && text === constraint.text);
  return reader.opaque
    .filter((constraint) => !isPart(writer, constraint))
    .filter(({ keyword }) => !(writer.kind === 'values' && keyword === 'pattern'))
    .map(({ keyword, text }): Difference => {
      const former = writer.opaque.filter((one) => one.keyword === keyword && !isPart(reader, one));
      return {
        path,
        rule: keyword,
        writes: former.length === 0 ? 'values without this constraint' : constraintNoun(former),
        reads: constraintNoun([{ keyword, text }]),
        isCertain: COMPARABLE.has(keyword) || (former.length === 0 && !UNDECIDABLE.has(keyword)),
      };
    });
}

/** Two different formats have no order: one does not contain the other. */
const COMPARABLE: ReadonlySet<string> = new Set(['format', 'contentEncoding']);

/** Keywords whose presence does not show if they restrict the values further. */
const UNDECIDABLE: ReadonlySet<string> = new Set(['oneOf', 'not']);

const constraintNoun = (constraints: readonly OpaqueConstraint[]): string =>
  constraints.map(({ keyword, text }) => `values by ${keyword} ${text}`).join(' and ');
