import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeRecordSet } from '../../../src/kafka/kafkajs/record-set.ts';
import { oldMessage, type RawRecord, recordBatch } from '../../support/raw-records.ts';

const named = (...headers: [string, string | null][]): RawRecord => ({
  headers: headers.map(([name, value]) => [Buffer.from(name), value === null ? null : Buffer.from(value)]),
});

async function readBack(records: RawRecord[]) {
  const messages = await decodeRecordSet(recordBatch(records));
  return messages.map(({ key, value, headerList, timestamp }) => ({ key, value, headerList, timestamp }));
}

const inherited = [...Object.getOwnPropertyNames(Object.prototype), 'prototype', 'length', '0', ''];

describe('headers', () => {
  test.each(inherited)('named %j are read like others, once and repeated', async (name) => {
    const [once, twice] = await decodeRecordSet(
      recordBatch([named([name, 'a']), named([name, 'a'], ['x', 'b'], [name, 'c'])]),
    );

    expect(once?.headerList).toEqual([[name, Buffer.from('a')]]);
    expect(twice?.headerList).toEqual([
      [name, Buffer.from('a')],
      ['x', Buffer.from('b')],
      [name, Buffer.from('c')],
    ]);
    expect(Object.entries(twice?.headers ?? {})).toContainEqual([name, [Buffer.from('a'), Buffer.from('c')]]);
  });

  test('distinguish an empty value from null', async () => {
    const [record] = await decodeRecordSet(recordBatch([named(['a', ''], ['b', null], ['a', null])]));

    expect(record?.headerList).toEqual([
      ['a', Buffer.alloc(0)],
      ['b', null],
      ['a', null],
    ]);
  });

  test('take time in proportion to their number', async () => {
    const batchOf = (count: number): Buffer =>
      recordBatch([named(...Array.from({ length: count }, (_, n): [string, string] => [`h${n % 7}`, 'v']))]);
    const [few, many] = [batchOf(4_000), batchOf(40_000)];
    const read = async (batch: Buffer): Promise<readonly [headers: number, names: number]> => {
      const [record] = await decodeRecordSet(batch);
      return [record?.headerList.length ?? 0, Object.keys(record?.headers ?? {}).length];
    };
    /** Reads as often as given, so that both samples take about as long: other processes interrupt a longer one more often. */
    const fastestMs = async (batch: Buffer, reads: number): Promise<number> => {
      const times: number[] = [];
      for (let run = 0; run < 10; run += 1) {
        const startedMs = performance.now();
        for (let count = 0; count < reads; count += 1) {
          await read(batch);
        }
        times.push(performance.now() - startedMs);
      }
      return Math.min(...times);
    };

    expect(await read(many)).toEqual([40_000, 7]);
    await fastestMs(few, 10); // compiles the code
    const ratio = (await fastestMs(many, 1)) / (await fastestMs(few, 10));
    expect(ratio).toBeLessThan(5); // kafkajs: about 10
  });
});

test('any record is read unchanged', async () => {
  const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  const text = fc.string({ unit: 'grapheme' }).map((characters) => Buffer.from(characters));
  const nullable = fc.option(bytes);
  const record = fc.record({
    key: nullable,
    value: nullable,
    headers: fc.array(fc.tuple(text, nullable)),
    timestampMs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  });

  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (records) => {
      expect(await readBack(records)).toEqual(
        records.map(({ key, value, headers, timestampMs }) => ({
          key,
          value,
          headerList: headers.map(([name, content]) => [name.toString(), content]),
          timestamp: String(timestampMs),
        })),
      );
    }),
  );
});

describe('batches', () => {
  const [control, transactional] = [0x30, 0x10];
  const value = (text: string): RawRecord => ({ value: Buffer.from(text) });
  const marker = (type: number): RawRecord => ({ key: Buffer.from([0, 0, 0, type]) });
  /** Returns the values that a consumer gets, and its last offset. */
  async function consumed(batches: Buffer[], aborted: Parameters<typeof decodeRecordSet>[1] = []) {
    const messages = await decodeRecordSet(Buffer.concat(batches), aborted);
    return {
      values: messages.flatMap((message) => (message.isControlRecord ? [] : String(message.value))),
      last: messages.at(-1)?.offset,
    };
  }

  test('that compaction has emptied or shortened are passed', async () => {
    const empty = recordBatch([], { baseOffset: 5n, lastOffset: 9n });
    const cut = recordBatch([value('a')], { baseOffset: 10n, lastOffset: 14n });

    expect(await consumed([empty])).toEqual({ values: [], last: '9' });
    expect(await consumed([empty, cut])).toEqual({ values: ['a'], last: '14' });
  });

  test('of an aborted transaction are skipped, with any keys', async () => {
    const tx = (baseOffset: bigint, producerId: bigint, attributes: number, record: RawRecord): Buffer =>
      recordBatch([record], { baseOffset, producerId, attributes });
    const batches = [
      tx(0n, 1n, transactional, { ...marker(0), value: Buffer.from('aborted 1') }), // a key like an abort marker's
      tx(1n, 2n, transactional, value('aborted 2')),
      tx(2n, 3n, transactional, value('committed')),
      tx(3n, 1n, transactional, value('aborted 1')),
      tx(4n, 1n, control, marker(0)),
      tx(5n, 2n, control, marker(0)),
      tx(6n, 3n, control, marker(1)),
      tx(7n, 1n, transactional, value('the next one')),
    ];

    const read = await consumed(batches, [
      { producerId: 2n, firstOffset: 1n },
      { producerId: 1n, firstOffset: 0n },
    ]);

    expect(read).toEqual({ values: ['committed', 'the next one'], last: '7' });
    expect(await consumed(batches.slice(4, 7))).toEqual({ values: [], last: '6' });
  });

  test('of 300,000 records are read', async () => {
    const messages = await decodeRecordSet(
      recordBatch(
        Array.from({ length: 300_000 }, () => ({})),
        { codec: 'gzip' },
      ),
    );

    expect(messages).toHaveLength(300_000);
  });

  test('that are incomplete at the end of a fetch are left for the next fetch', async () => {
    const second = recordBatch([value('b')], { baseOffset: 1n });

    for (const length of [1, 16, 17, 60, second.length - 1]) {
      expect(await consumed([recordBatch([value('a')]), second.subarray(0, length)])).toEqual({
        values: ['a'],
        last: '0',
      });
    }
  });

  test('that cannot be read end the list, with the first unread offset and the cause', async () => {
    const good = recordBatch([value('a')], { baseOffset: 4n });
    const unknownCodec = recordBatch([value('b')], { baseOffset: 5n, lastOffset: 9n, attributes: 5 });
    const damaged = recordBatch([value('b'), value('c')], { baseOffset: 5n });
    damaged.writeInt8(126, damaged.length - 8); // the length of the last record

    const [, codec] = await decodeRecordSet(Buffer.concat([good, unknownCodec, good]));
    const [, b, damage] = await decodeRecordSet(Buffer.concat([good, damaged]));

    expect(codec?.offset).toBe('9');
    expect(codec?.unreadable).toEqual({
      offset: 5n,
      nextOffset: 10n,
      cause: new Error('Unknown compression codec 5.'),
    });
    expect(b?.value).toEqual(Buffer.from('b'));
    expect(damage?.unreadable).toMatchObject({ offset: 6n, nextOffset: 7n, cause: expect.any(Error) });
  });

  test.each([
    [-2147483648, 2],
    [-74, 2],
    [-13, 2],
    [-12, 2],
    [-1, 2],
    [4, 2],
    [10, 2],
    [48, 2],
    [-74, 1],
    [-13, 0],
    [13, 1],
  ])('with a declared length of %i bytes, in format %i, end the list', async (length, format) => {
    const good = recordBatch([value('a')]);
    const damaged = recordBatch([value('b')], { baseOffset: 1n });
    damaged.writeInt32BE(length, 8);
    damaged.writeInt8(format, 16);

    const [a, end, ...others] = await decodeRecordSet(Buffer.concat([good, damaged, good]));

    expect(a?.value).toEqual(Buffer.from('a'));
    expect(end?.unreadable).toEqual({
      offset: 1n,
      nextOffset: 2n,
      cause: new Error('The batch is shorter than its header.'),
    });
    expect(others).toEqual([]);
  });

  test('beyond the limit of decompressed bytes are left for the next fetch, except the first', async () => {
    const large = (baseOffset: bigint): Buffer =>
      recordBatch([{ value: Buffer.alloc(40 * 1024 * 1024) }], { baseOffset, codec: 'gzip' });

    const messages = await decodeRecordSet(Buffer.concat([large(0n), large(1n), large(2n)]));

    expect(messages.map(({ offset }) => offset)).toEqual(['0', '1']);
  });

  test('of arbitrary bytes never reject', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 5, maxLength: 60 }), async (noise) => {
        const batch = recordBatch([named(['a', 'b']), value('c')]);
        batch.set(noise.slice(0, batch.length - 61), 61);

        expect((await decodeRecordSet(batch)).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('messages of Kafka before 0.11', () => {
  test('are read without headers, also before batches of the current format', async () => {
    const messages = await decodeRecordSet(
      Buffer.concat([
        oldMessage({ offset: 3n, format: 0, value: Buffer.from('a') }),
        oldMessage({ offset: 4n, format: 1, timestampMs: 1_000n, value: Buffer.from('b') }),
        oldMessage({ offset: 5n, format: 1, attributes: 8, timestampMs: 2_000n, value: null }),
        recordBatch([{ value: Buffer.from('d'), timestampMs: 3_000n }], { baseOffset: 6n }),
        oldMessage({ offset: 7n, format: 1, value: Buffer.from('cut off') }).subarray(0, 30),
      ]),
    );

    expect(
      messages.map(({ offset, timestamp, isLogAppendTime, value }) => [
        offset,
        timestamp,
        isLogAppendTime,
        value?.toString(),
      ]),
    ).toEqual([
      ['3', '-1', false, 'a'],
      ['4', '1000', false, 'b'],
      ['5', '2000', true, undefined],
      ['6', '3000', false, 'd'],
    ]);
  });

  test('before an unreadable message are kept', async () => {
    const good = oldMessage({ offset: 3n, format: 1, value: Buffer.from('a') });
    const damaged = oldMessage({ offset: 4n, format: 1, attributes: 1, value: Buffer.from('no gzip') });

    const [a, end, ...others] = await decodeRecordSet(Buffer.concat([good, damaged, good]));

    expect(a?.value).toEqual(Buffer.from('a'));
    expect(end?.unreadable?.offset).toBe(4n);
    expect(others).toEqual([]);
  });
});
