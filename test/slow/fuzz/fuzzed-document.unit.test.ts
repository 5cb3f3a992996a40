import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { fuzzedDocument, operationsOf } from './fuzzed-document.ts';
import { makeWrong, wrongPlaces } from './wrong-places.ts';

const published = (): unknown => JSON.parse(readFileSync('contracts/openapi.json', 'utf8'));

const small = {
  paths: { '/a': { get: { security: [{ bearer: [] }] }, post: { parameters: [{ name: 'b' }] } } },
  components: {
    schemas: {
      Closed: { type: 'object', properties: { inner: { type: 'object', properties: {} } } },
      Open: { type: 'object', properties: {}, additionalProperties: true },
      Map: { type: 'object' },
    },
  },
};

test('an object with named fields takes no others, unless its schema mentions them', () => {
  expect(fuzzedDocument(small, { open: true }).components.schemas).toEqual({
    Closed: {
      type: 'object',
      properties: { inner: { type: 'object', properties: {}, additionalProperties: false } },
      additionalProperties: false,
    },
    Open: { type: 'object', properties: {}, additionalProperties: true },
    Map: { type: 'object' },
  });
});

test('each operation also takes the headers that Orderly ignores', () => {
  const { get, post } = fuzzedDocument(small, { open: true }).paths['/a'] ?? {};

  expect(get?.parameters).toContainEqual(expect.objectContaining({ name: 'Range', in: 'header' }));
  expect(post?.parameters).toEqual([{ name: 'b' }, ...(get?.parameters ?? [])]);
});

test('only an open API has no security requirements', () => {
  expect(fuzzedDocument(small, { open: true }).paths['/a']?.get?.security).toEqual([]);
  expect(fuzzedDocument(small, { open: false }).paths['/a']?.get?.security).toEqual([{ bearer: [] }]);
});

test('the operations have the names of the report', () => {
  expect(operationsOf(fuzzedDocument(small, { open: true }))).toEqual(['GET /a', 'POST /a']);
});

test('every place that the slow test makes wrong is a place of the published document', () => {
  for (const place of wrongPlaces) {
    const changed = fuzzedDocument(published(), { open: true });

    makeWrong(changed, [place]);

    expect(JSON.stringify(changed)).not.toBe(JSON.stringify(fuzzedDocument(published(), { open: true })));
  }
});
