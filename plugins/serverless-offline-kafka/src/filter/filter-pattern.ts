import * as z from 'zod';

/** Whether a field of a JSON document matches. `undefined` stands for a field that is not there. */
export type FieldTest = (field: unknown) => boolean;

/** The scalars that a field holds: one, those of a list, or none if it is absent or an object. */
type Scalars = readonly (string | number | boolean | null)[];
type ScalarsTest = (scalars: Scalars) => boolean;

const some =
  (test: (scalar: Scalars[number]) => boolean): ScalarsTest =>
  (scalars) =>
    scalars.some(test);

const someText = (test: (text: string) => boolean): ScalarsTest =>
  some((scalar) => typeof scalar === 'string' && test(scalar));

const comparisons = {
  '=': (number: number, bound: number) => number === bound,
  '>': (number: number, bound: number) => number > bound,
  '>=': (number: number, bound: number) => number >= bound,
  '<': (number: number, bound: number) => number < bound,
  '<=': (number: number, bound: number) => number <= bound,
};

const lower = z.enum(['>', '>=']);
const upper = z.enum(['<', '<=']);

/** What stands behind each operator, and the test that it makes. */
const operators: Readonly<Record<string, z.ZodType<ScalarsTest>>> = {
  prefix: z.string().transform((start) => someText((text) => text.startsWith(start))),
  suffix: z.string().transform((end) => someText((text) => text.endsWith(end))),
  'equals-ignore-case': z
    .string()
    .transform((expected) => someText((text) => text.toLowerCase() === expected.toLowerCase())),
  exists: z.boolean().transform((expected) => (scalars: Scalars) => scalars.length > 0 === expected),
  'anything-but': z.union([
    z
      .union([z.string(), z.number(), z.array(z.string()).min(1), z.array(z.number()).min(1)])
      .transform((given) => {
        const others: unknown[] = [given].flat();
        return some((scalar) => !others.includes(scalar));
      }),
    z
      .strictObject({ prefix: z.string() })
      .transform(({ prefix }) =>
        some((scalar) => !(typeof scalar === 'string' && scalar.startsWith(prefix))),
      ),
  ]),
  numeric: z
    .union([
      z.tuple([z.literal('='), z.number()]),
      z.tuple([lower, z.number()]),
      z.tuple([upper, z.number()]),
      z.tuple([lower, z.number(), upper, z.number()]).refine(([, bottom, , top]) => bottom < top),
    ])
    .transform(([first, bound, second, top]) =>
      some(
        (scalar) =>
          typeof scalar === 'number' &&
          comparisons[first](scalar, bound) &&
          (second === undefined || top === undefined || comparisons[second](scalar, top)),
      ),
    ),
};

/**
 * Compiles a pattern in EventBridge's language, as far as Lambda's filters have it: the fields of an object must
 * all match, one alternative of a list is enough, and a list in the document matches by one of its elements.
 * Whatever is not part of the language is added to `problems`, each with its path.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function compilePattern(pattern: unknown, path: string, problems: string[]): FieldTest {
  if (Array.isArray(pattern)) {
    return compileAlternatives(pattern, path, problems);
  }
  if (isObject(pattern)) {
    return compileFields(pattern, path, problems);
  }
  problems.push(`${path}: must be a list of alternatives, such as ${JSON.stringify([pattern])}`);
  return () => false;
}

function compileFields(
  pattern: Readonly<Record<string, unknown>>,
  path: string,
  problems: string[],
): FieldTest {
  const tests = Object.entries(pattern).map(([name, under]): FieldTest => {
    const place = `${path}.${name}`;
    if (name === '$or') {
      return compileOr(under, place, problems);
    }
    const test = compilePattern(under, place, problems);
    return (field) => test(isObject(field) ? field[name] : undefined);
  });
  if (tests.length === 0) {
    problems.push(`${path}: names no field`);
  }
  return (field) => elementsOf(field).some((element) => tests.every((test) => test(element)));
}

function compileOr(branches: unknown, path: string, problems: string[]): FieldTest {
  if (!Array.isArray(branches) || branches.length < 2 || !branches.every(isObject)) {
    problems.push(`${path}: must be a list of two or more patterns`);
    return () => false;
  }
  const tests = branches.map((branch, index) => compileFields(branch, `${path}.${index}`, problems));
  return (field) => tests.some((test) => test(field));
}

function compileAlternatives(alternatives: readonly unknown[], path: string, problems: string[]): FieldTest {
  const tests = alternatives.map((alternative, index) =>
    compileAlternative(alternative, `${path}.${index}`, problems),
  );
  if (tests.length === 0) {
    problems.push(`${path}: an empty list matches nothing`);
  }
  return (field) => {
    const scalars = scalarsOf(field);
    return tests.some((test) => test(scalars));
  };
}

function compileAlternative(alternative: unknown, path: string, problems: string[]): ScalarsTest {
  if (isScalar(alternative)) {
    return some((scalar) => scalar === alternative);
  }
  const [[name, operand] = [], ...more] = isObject(alternative) ? Object.entries(alternative) : [];
  if (name === undefined || more.length > 0) {
    problems.push(`${path}: must be a value, or an object with one operator`);
    return () => false;
  }
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  const parsed = operator?.safeParse(operand);
  if (parsed?.success) {
    return parsed.data;
  }
  problems.push(
    operator
      ? `${path}.${name}: cannot be ${JSON.stringify(operand)}`
      : `${path}: unknown operator ${name}; there are ${Object.keys(operators).join(', ')}`,
  );
  return () => false;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isScalar = (value: unknown): value is Scalars[number] =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

const elementsOf = (field: unknown): unknown[] =>
  Array.isArray(field) && field.length > 0 ? field.flatMap(elementsOf) : [field];

const scalarsOf = (field: unknown): Scalars => elementsOf(field).filter(isScalar);
