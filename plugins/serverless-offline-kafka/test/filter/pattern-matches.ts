import { expect } from '@jest/globals';
import { compileFilter, passesFilters, type RecordFilter } from '../../src/filter/record-filter.ts';

/** Compiles a valid filter. A string is the pattern as in the service file. */
export function filterOf(pattern: object | string): RecordFilter {
  const { filter, problems } = compileFilter(typeof pattern === 'string' ? pattern : JSON.stringify(pattern));
  expect(problems).toEqual([]);
  return filter;
}

/** Returns whether a record passes with this pattern and this document under `value`. Strings are JSON text. */
export function matches(pattern: object | string, document: object | string): boolean {
  const filter = filterOf(`{"value":${typeof pattern === 'string' ? pattern : JSON.stringify(pattern)}}`);
  const value = typeof document === 'string' ? document : JSON.stringify(document);
  return passesFilters([filter], Buffer.from(value), 'pass');
}

/** Returns whether the alternative matches the field. */
export const fieldMatches = (alternative: unknown, field: unknown): boolean =>
  matches({ field: [alternative] }, { field });
