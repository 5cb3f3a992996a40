import { expect, test } from '@jest/globals';
import { differences } from '../../../contracts/evolution/inclusion.ts';
import { definitionsOf, type SchemaObject } from '../../../contracts/evolution/json-schema.ts';
import { changes } from './changes.ts';
import { changesTable } from './changes-table.ts';

function verdict(writer: SchemaObject, reader: SchemaObject): string {
  const found = differences(
    { schema: writer, definitions: definitionsOf(writer) },
    { schema: reader, definitions: definitionsOf(reader) },
  );
  if (found.some(({ isCertain }) => isCertain)) {
    return 'breaking';
  }
  return found.length === 0 ? 'compatible' : 'undecided';
}

const table = changesTable();

test('the table in docs/contracts-evolution.md has the verdicts of the checker on each kind of change', () => {
  const verdicts = changes.map(({ change, old, now }) => ({
    change,
    ours: { backward: verdict(old, now), forward: verdict(now, old) },
  }));

  expect(table.map(({ change, ours }) => ({ change, ours }))).toEqual(verdicts);
  expect(changes.length).toBeGreaterThanOrEqual(40);
});

test('each difference from the verdicts of the registry is explained', () => {
  const differing = table.filter(({ ours, registry }) => JSON.stringify(ours) !== JSON.stringify(registry));
  const explained = table.filter(({ difference }) => difference !== '');

  expect(explained.map(({ change }) => change)).toEqual(differing.map(({ change }) => change));
});
