import { expect, test } from '@jest/globals';
import { schemaIdBytes } from '../../../lib/schema-registry/schema-id-header.ts';

test.each([
  [{ id: 0 }, '0000000000'],
  [{ id: 258 }, '0000000102'],
  [{ id: 2_147_483_647, guid: null }, '007fffffff'],
  [{ id: 7, guid: '0199f1a2-7b3c-7d4e-8f50-123456789ABC' }, '010199f1a27b3c7d4e8f50123456789abc'],
])('%j is %s in the header', (id, hex) => {
  expect(schemaIdBytes(id).toString('hex')).toBe(hex);
});
