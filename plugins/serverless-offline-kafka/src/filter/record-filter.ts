import { isUtf8 } from 'node:buffer';
import * as z from 'zod';
import type { FilterMismatch } from '../configuration/mapping-definition.ts';
import { compilePattern } from './filter-pattern.ts';
import { parseJson, parseJsonWithNumberTexts } from './json-text.ts';
import { isObject } from './scalars.ts';

/** One filter pattern, compiled. */
export interface RecordFilter {
  /** The form of the values that the pattern can test. Values of another form do not match or fail: see `mismatch`. */
  readonly shape: 'json' | 'text';
  readonly test: (document: unknown) => boolean;
  /** True if the test needs the text of the numbers in a JSON value. */
  readonly comparesNumberTexts: boolean;
  readonly passesTombstone: boolean;
}

const patternSchema = z.strictObject({ value: z.union([z.array(z.unknown()), z.looseObject({})]) });

/**
 * Compiles a `FilterCriteria.Filters[].Pattern`. Lambda filters Kafka records only by `value`: an object is a pattern for
 * JSON, a list is a pattern for plain text. With problems, the filter must not be used.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html
 */
export function compileFilter(pattern: string): { filter: RecordFilter; problems: readonly string[] } {
  const parsed = patternSchema.safeParse(parseJsonWithNumberTexts(pattern));
  if (!parsed.success) {
    const problem = 'must be JSON with one field, value, which is an object (for JSON) or a list (for text)';
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
 * Returns whether a record passes one of the filters. Without filters, each record passes. If the value has another form
 * than the pattern, or is not UTF-8, `mismatch` decides.
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
  // A JSON scalar has no fields, so it is treated as text.
  const shape = isObject(json) || Array.isArray(json) ? 'json' : 'text';
  const field = shape === 'json' ? json : text;
  return filters.some((filter) => (filter.shape === shape ? filter.test(field) : passesMismatch));
}

const needsNumberTexts = (filter: RecordFilter): boolean => filter.comparesNumberTexts;
