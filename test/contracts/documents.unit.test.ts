import { mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { outdatedDocuments, writeDocuments } from '../../contracts/documents.ts';

test('the checked-in contracts are what the schemas generate; otherwise run "npm run openapi"', async () => {
  expect(await outdatedDocuments('contracts')).toEqual([]);
});

test('a missing, a changed and a superfluous file are outdated, until they are written again', async () => {
  using directory = mkdtempDisposableSync(join(tmpdir(), 'orderly-contracts-'));
  const written = await writeDocuments(directory.path);
  const file = (path: string): string => join(directory.path, path);

  writeFileSync(file('schemas/order-record.json'), '{}');
  writeFileSync(file('schemas/former-record.json'), '{}');
  const outdated = await outdatedDocuments(directory.path);
  const writtenAgain = await writeDocuments(directory.path);

  expect(written).toContain('schemas/status-event.json');
  expect(outdated).toEqual(['schemas/former-record.json', 'schemas/order-record.json']);
  expect(writtenAgain).toEqual(outdated);
  expect(await outdatedDocuments(directory.path)).toEqual([]);
  expect(readFileSync(file('schemas/order-record.json'), 'utf8')).toBe(
    readFileSync('contracts/schemas/order-record.json', 'utf8'),
  );
});
