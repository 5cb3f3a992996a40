import type { Scalar } from './json-schema.ts';
import type { NumberShape, Shape } from './shapes.ts';

/** The noun phrases of the findings. */

export const valueNouns = (values: readonly Scalar[]): string =>
  values.map((value) => JSON.stringify(value)).join(' or ');

/** Returns the values that a shape accepts as a noun phrase, such as `a string` or `"open" or "closed"`. */
export const kindNoun = (shape: Shape): string =>
  shape.kind === 'values' ? valueNouns(shape.values) : typeNoun(shape);

const nouns = { string: 'a string', number: 'a number', array: 'an array', object: 'an object' } as const;

export const typeNoun = (shape: Exclude<Shape, { kind: 'values' }>): string =>
  shape.kind === 'number' && isIntegral(shape) ? 'an integer' : nouns[shape.kind];

const isIntegral = (shape: NumberShape): boolean => shape.steps.some((step) => Number.isInteger(step));

/** `at least 3 characters`, or `any number of characters` without a limit. */
export const amountNoun = (limit: 'at least' | 'at most', amount: number, unit: string): string =>
  amount === 0 || amount === Infinity ? `any number of ${unit}` : `${limit} ${amount} ${unit}`;
