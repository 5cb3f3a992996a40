import { expect, test } from '@jest/globals';
import { acceptsGzip } from '../../../lib/http/accepts-gzip.ts';

test.each([
  'gzip',
  'gzip, deflate, br, zstd',
  'br;q=1.0, gzip;q=0.8, *;q=0.1',
  'deflate,GZIP ; q=0.001',
  '*',
  'identity;q=0, *',
])('%s accepts gzip', (header) => {
  expect(acceptsGzip(header)).toBe(true);
});

test.each([
  undefined,
  '',
  'identity',
  'br',
  'gzip;q=0',
  'gzip;q=0.000, *',
  '*;q=0',
  'gzipped',
  'gzip;q=high',
])('%s does not accept gzip', (header) => {
  expect(acceptsGzip(header)).toBe(false);
});
