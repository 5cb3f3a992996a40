import { fingerprint } from './fingerprint.ts';
import {
  type Definitions,
  definitionOf,
  type Json,
  type JsonSchema,
  type LocatedSchema,
  type Scalar,
} from './json-schema.ts';
import type { Difference } from './rules.ts';
import { opaqueDifferences, shapeDifferences } from './shape-inclusion.ts';
import {
  isWithinBounds,
  type ObjectShape,
  readerShapesOf,
  type Shape,
  shapesOf,
  type ValuesShape,
} from './shapes.ts';
import { kindNoun, typeNoun, valueNouns } from './wording.ts';

export interface InclusionOptions {
  /**
   * The reader is a client of the API: it ignores unknown properties, whatever its `additionalProperties` says, and
   * misses optional properties that are no longer written.
   */
  readonly isClient?: boolean;
}

interface Comparison extends Required<InclusionOptions> {
  readonly writer: Definitions;
  readonly reader: Definitions;
  /** The pairs of schemas that contain this pair: a schema may contain itself. */
  readonly open: ReadonlySet<string>;
}

/**
 * Returns the reasons why a value that the writer may write is not valid for the reader. None: each value is valid.
 *
 * If it cannot decide, it reports a difference that is not certain. One assumption is made, because otherwise no property
 * could ever be added: a writer does not write a property that only the reader declares.
 */
export function differences(
  writer: LocatedSchema,
  reader: LocatedSchema,
  { isClient = false }: InclusionOptions = {},
): readonly Difference[] {
  return compare(writer.schema, reader.schema, '', {
    writer: writer.definitions,
    reader: reader.definitions,
    isClient,
    open: new Set(),
  });
}

/** The fingerprint of the schema that takes every value. */
const ANYTHING = '{}';

function compare(
  writer: JsonSchema,
  reader: JsonSchema,
  path: string,
  comparison: Comparison,
): readonly Difference[] {
  const written = fingerprint(writer, comparison.writer);
  const read = fingerprint(reader, comparison.reader);
  const pair = `${written} ${read}`;
  if (written === read || read === ANYTHING || comparison.open.has(pair)) {
    return [];
  }
  const inside = { ...comparison, open: new Set([...comparison.open, pair]) };
  const readerShapes = readerShapesOf(reader, comparison.reader);
  if (written === ANYTHING) {
    return [{ path, rule: 'type', writes: 'any value', reads: shapesNoun(readerShapes), isCertain: true }];
  }
  return [
    ...defaultDifferences(writer, reader, path, comparison),
    ...shapesOf(writer, comparison.writer).flatMap((shape) =>
      shape.kind === 'values'
        ? valuesDifferences(shape, readerShapes, path)
        : unionDifferences(shape, readerShapes, path, inside),
    ),
  ];
}

/** A value that is left out has another meaning for the reader. A reader that adds a default only says what it did. */
function defaultDifferences(
  writer: JsonSchema,
  reader: JsonSchema,
  path: string,
  comparison: Comparison,
): readonly Difference[] {
  const written = JSON.stringify(defaultOf(writer, comparison.writer));
  const read = JSON.stringify(defaultOf(reader, comparison.reader));
  return written === undefined || written === read
    ? []
    : [
        {
          path,
          rule: 'default',
          writes: `nothing, which means ${written}`,
          reads: `nothing as ${read ?? 'no value'}`,
          isCertain: false,
        },
      ];
}

function defaultOf(schema: JsonSchema, definitions: Definitions): Json | undefined {
  if (typeof schema === 'boolean') {
    return undefined;
  }
  const { default: own, $ref } = schema;
  return own === undefined && $ref !== undefined
    ? defaultOf(definitionOf($ref, definitions), definitions)
    : own;
}

/** Each single value has to be in some shape of the reader. */
function valuesDifferences(
  writer: ValuesShape,
  readerShapes: readonly Shape[],
  path: string,
): readonly Difference[] {
  const taken = writer.values.map((value) => ({
    value,
    by: readerShapes.filter((shape) => isWithinBounds(value, shape)),
  }));
  const refused = taken.filter(({ by }) => by.length === 0).map(({ value }) => value);
  const constrained = taken
    .map(({ by }) => by.map((shape) => opaqueDifferences(writer, shape, path)))
    .filter((each) => each.length > 0 && each.every((one) => one.length > 0))
    .map(([first = []]) => first);
  return [...refusals(refused, readerShapes, path), ...(constrained[0] ?? [])];
}

function refusals(
  refused: readonly Scalar[],
  readerShapes: readonly Shape[],
  path: string,
): readonly Difference[] {
  const byType = Map.groupBy(refused, (value) => (value === null ? 'null' : typeof value));
  return [...byType].map(([type, values]): Difference => {
    const isOfReadType = readerShapes.some((shape) => typeNames(shape).includes(type));
    const rule = type === 'null' ? 'null' : isOfReadType ? 'value' : 'type';
    return { path, rule, writes: valueNouns(values), reads: shapesNoun(readerShapes), isCertain: true };
  });
}

/** Types as `typeof` names them. */
const typeNames = (shape: Shape): readonly string[] =>
  shape.kind === 'values' ? shape.values.map((value) => typeof value) : [shape.kind];

const shapesNoun = (shapes: readonly Shape[]): string =>
  shapes.length === 0 ? 'no value' : [...new Set(shapes.map(kindNoun))].join(' or ');

/** The shape has to be in one shape of the reader. A shape that is only in several together counts as different. */
function unionDifferences(
  writer: Exclude<Shape, ValuesShape>,
  readerShapes: readonly Shape[],
  path: string,
  comparison: Comparison,
): readonly Difference[] {
  const sameKind = readerShapes.filter((shape) => shape.kind === writer.kind);
  const related = sameKind.filter((shape) => !haveOtherTags(writer, shape, comparison));
  const [closest] = related
    .map((shape) =>
      shapeDifferences(writer, shape, path, {
        ...comparison,
        compare: (one, other, inner) => compare(one, other, inner, comparison),
      }),
    )
    .sort((one, other) => one.length - other.length);
  if (closest !== undefined) {
    return closest;
  }
  const isOfReadType = readerShapes.some((shape) => typeNames(shape).includes(writer.kind));
  const rule = sameKind.length > 0 ? 'alternative' : isOfReadType ? 'value' : 'type';
  const tags = writer.kind === 'object' ? tagsOf(writer, comparison.writer) : [];
  const writes =
    tags.length === 0
      ? typeNoun(writer)
      : `an object with ${tags.map(([name, values]) => `${name} ${valueNouns(values)}`).join(', ')}`;
  const reads = sameKind.length > 0 ? 'the other alternatives' : shapesNoun(readerShapes);
  return [{ path, rule, writes, reads, isCertain: true }];
}

/** Returns true if both are objects that require the same property, and the property has no value that both permit. */
function haveOtherTags(writer: Shape, reader: Shape, comparison: Comparison): boolean {
  if (writer.kind !== 'object' || reader.kind !== 'object') {
    return false;
  }
  const read = new Map(tagsOf(reader, comparison.reader));
  return tagsOf(writer, comparison.writer).some(
    ([name, values]) => read.has(name) && !values.some((value) => read.get(name)?.includes(value)),
  );
}

/** The required properties with a fixed list of values, which distinguish the alternatives of a union. */
function tagsOf(
  shape: ObjectShape,
  definitions: Definitions,
): readonly (readonly [string, readonly Scalar[]])[] {
  return [...shape.required].flatMap((name) => {
    const shapes = shapesOf(shape.properties.get(name) ?? shape.rest, definitions);
    const values = shapes.flatMap((one) => (one.kind === 'values' ? one.values : []));
    return shapes.every((one) => one.kind === 'values') && !values.some((one) => typeof one === 'boolean')
      ? [[name, values] as const]
      : [];
  });
}
