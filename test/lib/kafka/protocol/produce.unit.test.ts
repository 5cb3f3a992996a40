import { randomBytes } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
// @ts-expect-error see above
import Encoder from 'kafkajs/src/protocol/encoder.js';
// @ts-expect-error kafkajs has no types of its inner modules
import kafkajsRequest from 'kafkajs/src/protocol/requests/produce/v7/request.js';
// @ts-expect-error see above
import kafkajsResponse from 'kafkajs/src/protocol/requests/produce/v7/response.js';
import { decodeRecordSet } from '../../../../lib/kafka/kafkajs/record-set.ts';
import { decodeProduceResponse, encodeProduceRequest } from '../../../../lib/kafka/protocol/produce.ts';
import { encodeRecordBatch, OutgoingRecord } from '../../../../lib/kafka/protocol/record-batch.ts';
import { outgoingRecord } from '../../../support/outgoing-records.ts';

const NOW = 1_700_000_000_000;
const records = fc.array(outgoingRecord, { minLength: 1, maxLength: 5 });

/** Text, because comparing long buffers is slow. */
const asHex = (field: Buffer | string | null): string | null =>
  field === null ? null : Buffer.from(field).toString('hex');

describe('a record batch', () => {
  test('decodes to the records that were encoded, with their offsets and the timestamp', async () => {
    await fc.assert(
      fc.asyncProperty(records, async (given) => {
        const decoded = await decodeRecordSet(encodeRecordBatch(given, NOW, 'none'));

        expect(
          decoded.map(({ offset, timestamp, key, value, headerList }) => ({
            offset,
            timestamp,
            key: asHex(key),
            value: asHex(value),
            headers: headerList.map(([name, text]) => [name, asHex(text)]),
          })),
        ).toEqual(
          given.map(({ key, value, headers }, index) => ({
            offset: `${index}`,
            timestamp: `${NOW}`,
            key: asHex(key),
            value: asHex(value),
            headers: headers.map(([name, text]) => [name, asHex(text)]),
          })),
        );
      }),
    );
  });

  test('of 1,000 records has each at its offset', async () => {
    const given = Array.from(
      { length: 1_000 },
      (_, index) => new OutgoingRecord({ key: null, value: `${index}`, headers: [] }),
    );
    const decoded = await decodeRecordSet(encodeRecordBatch(given, NOW, 'none'));

    expect(decoded.map(({ offset, value }) => `${offset} ${value}`)).toEqual(
      Array.from({ length: 1_000 }, (_, index) => `${index} ${index}`),
    );
  });

  test('has the size that its records report, besides headers and offsets', () => {
    fc.assert(
      fc.property(outgoingRecord, (record) => {
        const before = encodeRecordBatch([], NOW, 'none').length;
        const prefixes = encodeRecordBatch([record], NOW, 'none').length - before - record.bytes;

        expect(prefixes).toBeGreaterThanOrEqual(2);
        expect(prefixes).toBeLessThanOrEqual(6);
      }),
    );
  });
});

describe.each(['gzip', 'zstd'] as const)('a batch compressed with %s', (compression) => {
  const similar = (count: number): OutgoingRecord[] =>
    Array.from({ length: count }, (_, index) => {
      const value = JSON.stringify({
        order_id: `order-${index}`,
        customer_id: 'customer-1',
        product_id: 'p-1',
      });
      return new OutgoingRecord({ key: Buffer.from(`order-${index}`), value, headers: [] });
    });

  test('decodes to the same records', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.nat(40), async (given, repeated) => {
        const all = [...given, ...similar(repeated)];

        const [plain, decoded] = await Promise.all(
          (['none', compression] as const).map((each) => decodeRecordSet(encodeRecordBatch(all, NOW, each))),
        );

        expect(decoded).toEqual(plain);
      }),
    );
  });

  test('is smaller from 1 KB on, and unchanged below', () => {
    const sizes = [5, 100].map((count) =>
      (['none', compression] as const).map((each) => encodeRecordBatch(similar(count), NOW, each).length),
    );

    expect(sizes[0]?.[1]).toBe(sizes[0]?.[0]);
    expect(sizes[1]?.[1]).toBeLessThan((sizes[1]?.[0] ?? 0) / 4);
  });

  test('that would become larger stays as it is', () => {
    const random = [new OutgoingRecord({ key: null, value: randomBytes(2_000), headers: [] })];

    expect(encodeRecordBatch(random, NOW, compression)).toEqual(encodeRecordBatch(random, NOW, 'none'));
  });
});

test('a request is byte for byte that of kafkajs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', maxLength: 30 }),
      fc.array(fc.array(outgoingRecord.map(withUniqueNames), { minLength: 1, maxLength: 5 }), {
        minLength: 1,
        maxLength: 4,
      }),
      fc.integer({ min: 1, max: 60_000 }),
      async (topic, batches, timeoutMs) => {
        const partitions = batches.map((batch, index) => ({ partition: index * 7, records: batch }));
        const theirs = await kafkajsRequest({
          acks: -1,
          timeout: timeoutMs,
          topicData: [
            {
              topic,
              partitions: partitions.map(({ partition, records }) => ({
                partition,
                firstSequence: 0,
                messages: records.map(toKafkajs),
              })),
            },
          ],
        }).encode();

        expect(encodeProduceRequest(topic, partitions, timeoutMs, NOW, 'none').equals(theirs.buffer)).toBe(
          true,
        );
      },
    ),
  );
});

/** kafkajs gets headers as an object, which has each name once, and names that are numbers first. */
function withUniqueNames({ key, value, headers }: OutgoingRecord): OutgoingRecord {
  const unique = Object.entries(Object.fromEntries(headers)).filter(([name]) => !/^\d+$/.test(name));
  return new OutgoingRecord({ key, value, headers: unique });
}

function toKafkajs({ key, value, headers }: OutgoingRecord): object {
  return { key, value, timestamp: `${NOW}`, headers: Object.fromEntries(headers) };
}

test('a response is read as kafkajs reads it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          partition: fc.nat(),
          errorCode: fc.integer({ min: -1, max: 100 }),
          baseOffset: fc.bigInt({ min: -1n, max: 2n ** 62n }),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      fc.nat(),
      async (partitions, throttleMs) => {
        const answers = partitions.map(({ partition, errorCode, baseOffset }) =>
          new Encoder()
            .writeInt32(partition)
            .writeInt16(errorCode)
            .writeInt64(baseOffset)
            .writeInt64(-1)
            .writeInt64(0),
        );
        const topic = new Encoder().writeString('orders.ä').writeArray(answers);
        const { buffer } = new Encoder().writeArray([topic]).writeInt32(throttleMs);

        const theirs = await kafkajsResponse.decode(buffer);

        expect(decodeProduceResponse(buffer)).toEqual({ partitions, throttleMs });
        expect(theirs).toMatchObject({
          clientSideThrottleTime: throttleMs,
          topics: [{ partitions: partitions.map((one) => ({ ...one, baseOffset: `${one.baseOffset}` })) }],
        });
      },
    ),
  );
});
