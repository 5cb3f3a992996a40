import { isLosslessNumber, stringify } from 'lossless-json';
import { isSame, operators } from './operators.ts';
import { elementsOf, isAbsent, isObject, isScalar, type ScalarsTest, scalarsOf } from './scalars.ts';

export interface CompiledPattern {
  /** Returns whether a JSON document matches. `undefined` stands for a missing document. */
  readonly test: (document: unknown) => boolean;
  /** True if the document must be parsed with number texts. */
  readonly comparesNumberTexts: boolean;
  /** The syntax errors, each with its path. With errors, the test must not be used. */
  readonly problems: readonly string[];
}

interface Compilation {
  comparesNumberTexts: boolean;
  readonly problems: string[];
}

/** The path of a part of the pattern, and the names of the document's field that it tests. */
interface PatternPosition {
  readonly path: string;
  readonly names: readonly string[];
}

/** Returns whether a field matches. `undefined` stands for a missing field. */
type FieldTest = (field: unknown, document: unknown) => boolean;

const never = (): boolean => false;

/**
 * Compiles a pattern in EventBridge's language. All fields of an object must match; one alternative of a list must match; a
 * list in the document matches if one of its elements matches. The pattern must be parsed with number texts, because exact
 * numbers are compared as text. `numeric` compares values.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function compilePattern(pattern: unknown, path: string): CompiledPattern {
  const compilation: Compilation = { comparesNumberTexts: false, problems: [] };
  const test = compile(pattern, { path, names: [] }, compilation);
  return { ...compilation, test: (document) => test(document, document) };
}

function compile(pattern: unknown, position: PatternPosition, compilation: Compilation): FieldTest {
  if (Array.isArray(pattern)) {
    return compileAlternatives(pattern, position, compilation);
  }
  if (isObject(pattern)) {
    return compileFields(pattern, position, compilation);
  }
  compilation.problems.push(
    `${position.path}: must be a list of alternatives, such as ${stringify([pattern])}`,
  );
  return never;
}

function compileFields(
  pattern: Readonly<Record<string, unknown>>,
  { path, names }: PatternPosition,
  compilation: Compilation,
): FieldTest {
  const tests = Object.entries(pattern).map(([name, under]): FieldTest => {
    const position = { path: `${path}.${name}`, names: [...names, name] };
    if (name === '$or') {
      return compileOr(under, { path: position.path, names }, compilation);
    }
    const test = compile(under, position, compilation);
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
    const position = { path: `${path}.${index}`, names };
    const operator = Object.keys(branch).find((name) => operatorNames.includes(name));
    if (operator !== undefined) {
      compilation.problems.push(
        `${position.path}: ${operator} is an operator, and cannot be a field name here`,
      );
    }
    return compileFields(branch, position, compilation);
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
