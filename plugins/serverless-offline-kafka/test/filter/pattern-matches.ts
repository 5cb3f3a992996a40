import { expect } from '@jest/globals';
import { compileFilter, passesFilters, type RecordFilter } from '../../src/filter/record-filter.ts';

/** A filter without problems. A text is the pattern as it is written in the service file. */
export function filterOf(pattern: object | string): RecordFilter {
  const { filter, problems } = compileFilter(typeof pattern === 'string' ? pattern : JSON.stringify(pattern));
  expect(problems).toEqual([]);
  return filter;
}

/** Whether a record passes that has this pattern and this document under `value`; texts are JSON as it is written. */
export function matches(pattern: object | string, document: object | string): boolean {
  const filter = filterOf(`{"value":${typeof pattern === 'string' ? pattern : JSON.stringify(pattern)}}`);
  const value = typeof document === 'string' ? document : JSON.stringify(document);
  return passesFilters([filter], Buffer.from(value), 'pass');
}

/** Whether the alternative matches the field. */
export const fieldMatches = (alternative: unknown, field: unknown): boolean =>
  matches({ field: [alternative] }, { field });
