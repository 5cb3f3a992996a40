import { isLosslessNumber, stringify } from 'lossless-json';
import { isSame, operators } from './operators.ts';
import { elementsOf, isAbsent, isObject, isScalar, type ScalarsTest, scalarsOf } from './scalars.ts';

export interface CompiledPattern {
  /** Whether a JSON document matches; `undefined` stands for none. */
  readonly test: (document: unknown) => boolean;
  /** Whether the document must be parsed with number texts. */
  readonly comparesNumberTexts: boolean;
  /** Whatever is not part of the language, each with its path. With any, the test is of no use. */
  readonly problems: readonly string[];
}

interface Compilation {
  comparesNumberTexts: boolean;
  readonly problems: string[];
}

/** Where in the pattern a part stands, and which field of a document it is about. */
interface PatternPosition {
  readonly path: string;
  readonly names: readonly string[];
}

/** Whether a field matches. `undefined` stands for a field that is not there. */
type FieldTest = (field: unknown, document: unknown) => boolean;

const never = (): boolean => false;

/**
 * Compiles a pattern in EventBridge's language: the fields of an object must all match, one alternative of a list
 * is enough, and a list in the document matches by one of its elements. The pattern is parsed with number texts,
 * because an exact number is compared by its text; `numeric` compares values.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function compilePattern(pattern: unknown, path: string): CompiledPattern {
  const compilation: Compilation = { comparesNumberTexts: false, problems: [] };
  const test = compile(pattern, { path, names: [] }, compilation);
  return { ...compilation, test: (document) => test(document, document) };
}

function compile(pattern: unknown, place: PatternPosition, compilation: Compilation): FieldTest {
  if (Array.isArray(pattern)) {
    return compileAlternatives(pattern, place, compilation);
  }
  if (isObject(pattern)) {
    return compileFields(pattern, place, compilation);
  }
  compilation.problems.push(`${place.path}: must be a list of alternatives, such as ${stringify([pattern])}`);
  return never;
}

function compileFields(
  pattern: Readonly<Record<string, unknown>>,
  { path, names }: PatternPosition,
  compilation: Compilation,
): FieldTest {
  const tests = Object.entries(pattern).map(([name, under]): FieldTest => {
    const place = { path: `${path}.${name}`, names: [...names, name] };
    if (name === '$or') {
      return compileOr(under, { path: place.path, names }, compilation);
    }
    const test = compile(under, place, compilation);
    return (field, document) => test(isObject(field) ? field[name] : undefined, document);
  });
  if (tests.length === 0) {
    compilation.problems.push(`${path}: names no field`);
  }
  const all: FieldTest = (field, document) => tests.every((test) => test(field, document));
  return (field, document) => {
    if (!Array.isArray(field)) {
      return all(field, document);
    }
    const elements = elementsOf(field);
    return elements.length === 0
      ? all(undefined, document)
      : elements.some((element) => all(element, document));
  };
}

function compileOr(branches: unknown, { path, names }: PatternPosition, compilation: Compilation): FieldTest {
  if (!Array.isArray(branches) || branches.length < 2 || !branches.every(isObject)) {
    compilation.problems.push(`${path}: must be a list of two or more patterns`);
    return never;
  }
  const tests = branches.map((branch, index) => {
    const place = { path: `${path}.${index}`, names };
    const operator = Object.keys(branch).find((name) => operatorNames.includes(name));
    if (operator !== undefined) {
      compilation.problems.push(`${place.path}: ${operator} is an operator, and cannot be a field here`);
    }
    return compileFields(branch, place, compilation);
  });
  return (field, document) => tests.some((test) => test(field, document));
}

function compileAlternatives(
  alternatives: readonly unknown[],
  { path, names }: PatternPosition,
  compilation: Compilation,
): FieldTest {
  if (alternatives.length === 0) {
    compilation.problems.push(`${path}: an empty list matches nothing`);
  }
  const isAbsenceEnough = alternatives.some(
    (alternative) => isObject(alternative) && alternative.exists === false,
  );
  const tests = alternatives.map((alternative, index) =>
    compileAlternative(alternative, `${path}.${index}`, compilation),
  );
  return (field, document) => {
    const scalars = scalarsOf(field);
    return (
      (scalars.length > 0 && tests.some((test) => test(scalars))) ||
      (isAbsenceEnough && isAbsent(names, document))
    );
  };
}

function compileAlternative(alternative: unknown, path: string, compilation: Compilation): ScalarsTest {
  if (isScalar(alternative)) {
    compilation.comparesNumberTexts ||= isLosslessNumber(alternative);
    return (scalars) => scalars.some((scalar) => isSame(scalar, alternative));
  }
  const [[name, operand] = [], ...more] = isObject(alternative) ? Object.entries(alternative) : [];
  if (name === undefined || more.length > 0) {
    compilation.problems.push(`${path}: must be a value, or an object with one operator`);
    return never;
  }
  if (name === 'exists' && typeof operand === 'boolean') {
    return () => operand;
  }
  const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
  const parsed = operator?.safeParse(operand);
  if (parsed?.success) {
    compilation.comparesNumberTexts ||= name === 'anything-but' && [operand].flat().some(isLosslessNumber);
    return parsed.data;
  }
  compilation.problems.push(
    operatorNames.includes(name)
      ? `${path}.${name}: cannot be ${stringify(operand)}`
      : `${path}: unknown operator ${name}; there are ${operatorNames.join(', ')}`,
  );
  return never;
}

const operatorNames = [...Object.keys(operators), 'exists'];
