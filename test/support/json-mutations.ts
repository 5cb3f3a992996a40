import fc from 'fast-check';
import type { Json, JsonObject, JsonSchema } from '../../contracts/evolution/json-schema.ts';
import { jsonValue } from './json-schema-arbitrary.ts';

/**
 * Returns an arbitrary of values that differ from a valid value in one place: a property less, one more, a value of
 * another type, or one just beyond a bound of the schema. Most are invalid, not all.
 */
export function mutatedValue(schema: JsonSchema, root: unknown = schema): fc.Arbitrary<Json> {
  const others = fc.oneof(fc.constantFrom<Json[]>(...STRANGERS, ...boundaryValues(schema, root)));
  return fc.tuple(jsonValue(schema, root), fc.nat(), fc.nat(), others).map(([value, place, kind, other]) => {
    const paths = pathsIn(value);
    return changedAt(value, paths[place % paths.length] ?? [], kind, other);
  });
}

const STRANGERS: readonly Json[] = [
  null,
  true,
  0,
  -1,
  0.001,
  1e300,
  '',
  ' ',
  '\u0000',
  'x'.repeat(300),
  [],
  [[]],
  {},
];

type Path = readonly (string | number)[];

function pathsIn(value: Json, path: Path = []): readonly Path[] {
  if (Array.isArray(value)) {
    return [path, ...value.flatMap((one, index) => pathsIn(one, [...path, index]))];
  }
  return isObject(value)
    ? [path, ...Object.entries(value).flatMap(([name, one]) => pathsIn(one, [...path, name]))]
    : [path];
}

function changedAt(value: Json, path: Path, kind: number, other: Json): Json {
  const [step, ...deeper] = path;
  if (step === undefined) {
    const changes = [other, ...neighbours(value, other)];
    return changes[kind % changes.length] ?? other;
  }
  if (Array.isArray(value)) {
    return value.map((one, index) => (index === step ? changedAt(one, deeper, kind, other) : one));
  }
  return isObject(value) ? { ...value, [step]: changedAt(value[step] ?? null, deeper, kind, other) } : value;
}

/** Values that are nearly the same as `value`. */
function neighbours(value: Json, other: Json): readonly Json[] {
  if (typeof value === 'number') {
    return [value + 1, value - 1, value * 1_000, value / 1_000, -value, String(value)];
  }
  if (typeof value === 'string') {
    return [`${value} `, ` ${value}`, `${value}é`, value.slice(1), value.toLowerCase(), value.repeat(20)];
  }
  if (Array.isArray(value)) {
    return [value.slice(1), [...value, ...value], [...value, other], ...value];
  }
  if (!isObject(value)) {
    return [];
  }
  const names = Object.keys(value);
  const without = names.map((dropped) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => name !== dropped)),
  );
  return [...without, { ...value, unexpected: other }, [value]];
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Values at each bound that the schema or the document names, and one step beyond. */
function boundaryValues(schema: JsonSchema, root: unknown): readonly Json[] {
  const found: Json[] = [];
  JSON.stringify([schema, root], (name, value: unknown) => {
    if (typeof value === 'number') {
      if (name.endsWith('Length') && value <= 10_000) {
        found.push('a'.repeat(value), 'a'.repeat(value + 1), 'a'.repeat(Math.max(0, value - 1)));
      } else if (name.endsWith('imum')) {
        found.push(value, value + 1, value - 1, value + 0.01, value - 0.01);
      }
    }
    return value;
  });
  return found;
}
