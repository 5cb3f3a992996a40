import { expect, test } from '@jest/globals';
import { aDelivery } from '../support/a-delivery.ts';
import { aRecord } from '../support/records.ts';

test('a waiting record does not keep the buffer of its fetch', () => {
  const fetched = Buffer.alloc(8 * 1024 * 1024, 'x');
  const { accept, queues } = aDelivery();

  accept([{ ...aRecord(7), key: fetched.subarray(0, 3) }]);
  const key = queues.get(0)?.waiting[0]?.key;

  expect(key?.toString()).toBe('xxx');
  expect(key?.buffer.byteLength).toBeLessThan(100_000);
});
