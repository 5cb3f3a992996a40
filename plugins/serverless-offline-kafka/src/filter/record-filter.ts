import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import type { FilterMismatch } from '../configuration/mapping-definition.ts';
import { compilePattern } from './filter-pattern.ts';
import { parseJson, parseJsonWithNumberTexts } from './json-text.ts';
import { isObject } from './scalars.ts';

/** One filter pattern, compiled. */
export interface RecordFilter {
  /** The values that the pattern is for. It says nothing about others, so they pass. */
  readonly shape: 'json' | 'text';
  readonly test: (document: unknown) => boolean;
  /** Whether the test needs to know how the numbers of a JSON value are written. */
  readonly comparesNumberTexts: boolean;
  readonly passesTombstone: boolean;
}

const patternSchema = z.strictObject({ value: z.union([z.array(z.unknown()), z.looseObject({})]) });

/**
 * Compiles a `FilterCriteria.Filters[].Pattern`. Lambda filters Kafka records by `value` only: an object there is
 * for values in JSON, a list for plain text. With problems the filter is of no use.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html
 */
export function compileFilter(pattern: string): { filter: RecordFilter; problems: readonly string[] } {
  const parsed = patternSchema.safeParse(parseJsonWithNumberTexts(pattern));
  if (!parsed.success) {
    const problem =
      'must be JSON with one field, value, which holds an object (for JSON) or a list (for text)';
    return { filter: PASSES_NOTHING, problems: [problem] };
  }
  const { value } = parsed.data;
  const { problems, test, comparesNumberTexts } = compilePattern(value, 'value');
  const filter: RecordFilter = {
    shape: Array.isArray(value) ? 'text' : 'json',
    test,
    comparesNumberTexts,
    passesTombstone: test(undefined) || (Array.isArray(value) && value.includes(null)),
  };
  return { filter, problems };
}

const PASSES_NOTHING: RecordFilter = {
  shape: 'json',
  test: () => false,
  comparesNumberTexts: false,
  passesTombstone: false,
};

/**
 * Whether a record with this value passes one of the filters; without any, each does. A value of another shape
 * than the pattern's, or that is not UTF-8, passes if `mismatch` says so.
 */
export function passesFilters(
  filters: readonly RecordFilter[],
  value: Buffer | null,
  mismatch: FilterMismatch,
): boolean {
  const passesMismatch = mismatch === 'pass';
  if (filters.length === 0) {
    return true;
  }
  if (value === null) {
    return filters.some(({ passesTombstone }) => passesTombstone);
  }
  if (!isUtf8(value)) {
    return passesMismatch;
  }
  const text = value.toString();
  const json = filters.some(needsNumberTexts) ? parseJsonWithNumberTexts(text) : parseJson(text);
  // a bare scalar has no fields that a JSON pattern could name, so it is text
  const shape = isObject(json) || Array.isArray(json) ? 'json' : 'text';
  const field = shape === 'json' ? json : text;
  return filters.some((filter) => (filter.shape === shape ? filter.test(field) : passesMismatch));
}

const needsNumberTexts = (filter: RecordFilter): boolean => filter.comparesNumberTexts;
