import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { murmur2 } from '../../../../lib/kafka/producer/murmur2.ts';

describe('the hash of a key', () => {
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('of %s equals the value in the tests of Kafka', (key, expected) => {
    expect(murmur2(Buffer.from(key))).toBe(expected & 0x7fffffff);
  });

  test('of any bytes gives the same partition as the partitioner of kafkajs', () => {
    const choose = kafkajs.Partitioners.DefaultPartitioner();
    const keys = fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes));

    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
        const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
          partitionId,
          leader: 0,
          partitionErrorCode: 0,
          replicas: [],
          isr: [],
        }));

        expect(murmur2(key) % partitions).toBe(
          choose({ topic: 'orders', partitionMetadata, message: { key, value: null } }),
        );
      }),
    );
  });
});
