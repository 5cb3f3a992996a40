import { compareNumber, isLosslessNumber, type LosslessNumber } from 'lossless-json';
import * as z from 'zod';
import { ipRange } from './ip-range.ts';
import { numberText, numberValue } from './json-text.ts';
import type { Scalar, ScalarsTest } from './scalars.ts';
import {
  endsWith,
  equalsIgnoringCase,
  ignoringCase,
  isWildcard,
  matchesWildcard,
  startsWith,
  type TextTest,
} from './text-tests.ts';

const some =
  (test: (scalar: Scalar) => boolean): ScalarsTest =>
  (scalars) =>
    scalars.some(test);

const someText = (test: TextTest): ScalarsTest =>
  some((scalar) => typeof scalar === 'string' && test(scalar));

/** Matches if a scalar is not a string or passes none of the tests. */
const someOther = (tests: readonly TextTest[]): ScalarsTest =>
  some((scalar) => typeof scalar !== 'string' || !tests.some((test) => test(scalar)));

/** Compares numbers by their text, and other scalars by value. */
export function isSame(scalar: Scalar, expected: Scalar): boolean {
  const expectedText = numberText(expected);
  return expectedText === undefined ? scalar === expected : numberText(scalar) === expectedText;
}

const number = z.custom<LosslessNumber>(isLosslessNumber);
const wildcard = z.string().refine(isWildcard);
const oneOrMore = <T extends z.ZodType>(schema: T): z.ZodUnion<[T, z.ZodArray<T>]> =>
  z.union([schema, z.array(schema).min(1)]);

/** EventBridge rejects larger numbers in a comparison. In a document, it does not treat them as numbers. */
const LARGEST_NUMBER = 2 ** 53;

/** Returns whether a 64-bit double represents all digits. */
const isExact = (text: string): boolean => compareNumber(text, String(Number(text))) === 0;

const comparable = number
  .transform((given) => given.value)
  .refine((text) => Math.abs(Number(text)) <= LARGEST_NUMBER && isExact(text))
  .transform(Number);

const comparisons = {
  '=': (value: number, bound: number) => value === bound,
  '>': (value: number, bound: number) => value > bound,
  '>=': (value: number, bound: number) => value >= bound,
  '<': (value: number, bound: number) => value < bound,
  '<=': (value: number, bound: number) => value <= bound,
};

const lower = z.enum(['>', '>=']);
const upper = z.enum(['<', '<=']);

const numeric = z
  .union([
    z.tuple([z.literal('='), comparable]),
    z.tuple([lower, comparable]),
    z.tuple([upper, comparable]),
    z.tuple([lower, comparable, upper, comparable]).refine(([, bottom, , top]) => bottom < top),
  ])
  .transform(([first, bound, second, top]) =>
    some((scalar) => {
      const value = numberValue(scalar);
      return (
        value !== undefined &&
        Math.abs(value) <= LARGEST_NUMBER &&
        comparisons[first](value, bound) &&
        (second === undefined || top === undefined || comparisons[second](value, top))
      );
    }),
  );

const anythingBut = z.union([
  z.union([oneOrMore(z.string()), oneOrMore(number)]).transform((given) => {
    const others = [given].flat();
    return some((scalar) => !others.some((other) => isSame(scalar, other)));
  }),
  ...[
    { name: 'prefix', schema: z.string().min(1), test: startsWith },
    { name: 'suffix', schema: z.string().min(1), test: endsWith },
    { name: 'equals-ignore-case', schema: z.string(), test: equalsIgnoringCase },
    { name: 'wildcard', schema: wildcard, test: matchesWildcard },
  ].map(({ name, schema, test }) =>
    z
      .strictObject({ [name]: oneOrMore(schema) })
      .transform((operand) => someOther([operand[name] ?? []].flat().map(test))),
  ),
]);

const textOrIgnoringCase = (test: (operand: string) => TextTest): z.ZodType<ScalarsTest> =>
  z.union([
    z.string().transform((text) => someText(test(text))),
    z
      .strictObject({ 'equals-ignore-case': z.string() })
      .transform((operand) => someText(ignoringCase(test)(operand['equals-ignore-case']))),
  ]);

/** The schema of each operator's operand, which produces its test. `exists` is absent because it tests no scalar. */
export const operators: Readonly<Record<string, z.ZodType<ScalarsTest>>> = {
  prefix: textOrIgnoringCase(startsWith),
  suffix: textOrIgnoringCase(endsWith),
  'equals-ignore-case': z.string().transform((text) => someText(equalsIgnoringCase(text))),
  wildcard: wildcard.transform((text) => someText(matchesWildcard(text))),
  'anything-but': anythingBut,
  numeric,
  cidr: z.string().transform((text, context) => {
    const range = ipRange(text);
    if (range === undefined) {
      context.addIssue({ code: 'custom' });
      return z.NEVER;
    }
    return someText(range);
  }),
};
