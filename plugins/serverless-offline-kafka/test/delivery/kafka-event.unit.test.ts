import { describe, expect, test } from '@jest/globals';
import type { MSKEvent } from 'aws-lambda';
import fc from 'fast-check';
import type { NullFields } from '../../src/configuration/mapping-definition.ts';
import {
  type EncodedRecord,
  encodeRecord,
  type KafkaRecord,
  kafkaEvent,
} from '../../src/delivery/kafka-event.ts';

const RECORD: KafkaRecord = {
  offset: 15,
  timestampMs: 1_700_000_000_123,
  timestampType: 'CREATE_TIME',
  key: Buffer.from('order-1'),
  value: Buffer.from('{"id":1}'),
  headers: [['traceId', Buffer.from('abc')]],
};

const ORIGIN = { bootstrapServers: 'a:9092,b:9092' };

const encoded = (offset: number, partition = 2): EncodedRecord =>
  encodeRecord('orders', partition, { ...RECORD, offset });

const record = (parts: Partial<KafkaRecord>, nullFields?: NullFields) =>
  kafkaEvent(ORIGIN, [encodeRecord('orders', 2, { ...RECORD, ...parts }, nullFields)]).records[
    'orders-2'
  ]?.[0];

describe('the event', () => {
  test('of an MSK cluster has the documented form', () => {
    const expected: MSKEvent = {
      eventSource: 'aws:kafka',
      eventSourceArn: 'arn:aws:kafka:eu-west-1:1:cluster/orders/1',
      bootstrapServers: 'a:9092,b:9092',
      records: {
        'orders-2': [
          {
            topic: 'orders',
            partition: 2,
            offset: 15,
            timestamp: 1_700_000_000_123,
            timestampType: 'CREATE_TIME',
            key: 'b3JkZXItMQ==',
            value: 'eyJpZCI6MX0=',
            headers: [{ traceId: [97, 98, 99] }],
          },
        ],
      },
    };

    const event = kafkaEvent({ ...ORIGIN, eventSourceArn: expected.eventSourceArn }, [encoded(15)]);

    expect(event).toStrictEqual(expected);
  });

  test('of a self-managed cluster has no ARN', () => {
    const event = kafkaEvent(ORIGIN, [encoded(15)]);

    expect(event.eventSource).toBe('SelfManagedKafka');
    expect(event).not.toHaveProperty('eventSourceArn');
  });

  test('keeps the order of its records', () => {
    const records = [15, 16, 19].map((offset) => encoded(offset));

    const event = kafkaEvent(ORIGIN, records);

    expect(event.records['orders-2']?.map(({ offset }) => offset)).toEqual([15, 16, 19]);
  });

  test('has a key for each partition', () => {
    const records = [encoded(15), encoded(3, 0), encoded(16)];

    const event = kafkaEvent(ORIGIN, records);

    const places = Object.entries(event.records).map(([place, list]) => [
      place,
      list.map(({ partition, offset }) => [partition, offset]),
    ]);
    expect(places).toEqual([
      [
        'orders-2',
        [
          [2, 15],
          [2, 16],
        ],
      ],
      ['orders-0', [[0, 3]]],
    ]);
  });
});

describe('a record', () => {
  test('without key or value has no such field', () => {
    expect(record({ key: null, value: null })).toStrictEqual({
      topic: 'orders',
      partition: 2,
      offset: 15,
      timestamp: 1_700_000_000_123,
      timestampType: 'CREATE_TIME',
      headers: [{ traceId: [97, 98, 99] }],
    });
  });

  test('without key or value has null with the option', () => {
    expect(record({ key: null, value: null }, 'null')).toMatchObject({ key: null, value: null });
  });

  test('with an empty key has an empty string, and without headers an empty list', () => {
    expect(record({ key: Buffer.alloc(0), headers: [] })).toMatchObject({ key: '', headers: [] });
  });

  test('has signed header bytes, as in Java', () => {
    const read = record({ headers: [['name', Buffer.from('ë\x7f\x80', 'utf8')]] });

    expect(read?.headers).toEqual([{ name: [-61, -85, 127, -62, -128] }]);
  });

  test('keeps headers with the same name, and a null value', () => {
    const one = Buffer.from([1]);

    expect(
      record({
        headers: [
          ['a', one],
          ['b', null],
          ['a', one],
        ],
      })?.headers,
    ).toEqual([{ a: [1] }, { b: null }, { a: [1] }]);
  });

  const bytes = fc.uint8Array().map((array) => Buffer.from(array));
  const header = fc.tuple(
    fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.constantFrom('__proto__', '7', '"\\\n')),
    fc.option(bytes),
  );
  const anyRecord: fc.Arbitrary<KafkaRecord> = fc.record({
    offset: fc.maxSafeNat(),
    timestampMs: fc.oneof(fc.constant(-1), fc.maxSafeNat(), fc.double({ noNaN: true, min: 0, max: 2 ** 63 })),
    timestampType: fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.array(header),
  });
  const nullFields = fc.constantFrom<NullFields>('omit', 'null');

  test('preserves any bytes of key, value and headers', () => {
    fc.assert(
      fc.property(anyRecord, nullFields, (given, asNull) => {
        const read = record(given, asNull);
        const decoded = (text: string | null | undefined) =>
          text == null ? null : Buffer.from(text, 'base64');
        const headers = (read?.headers ?? []).flatMap((header) =>
          Object.entries(header).map(([name, signed]) => [name, signed && Buffer.from(signed)]),
        );

        expect([decoded(read?.key), decoded(read?.value)]).toEqual([given.key, given.value]);
        expect(headers).toEqual(given.headers);
      }),
    );
  });

  test('is what a function gets from its JSON, and has the size of its JSON', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant('orders'), fc.string()),
        fc.nat(),
        anyRecord,
        nullFields,
        (topic, partition, given, asNull) => {
          const one = encodeRecord(topic, partition, given, asNull);
          const event = kafkaEvent(ORIGIN, [one]);
          const json = JSON.stringify(event);

          expect(event).toStrictEqual(JSON.parse(json));
          expect(one.bytes).toBe(Buffer.byteLength(JSON.stringify(Object.values(event.records)[0]?.[0])));
        },
      ),
    );
  });
});
