import { describe, expect, test } from '@jest/globals';
import type { MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';
import fc from 'fast-check';
import { type EventRecord, eventJson, type KafkaRecord, recordJson } from '../../src/delivery/kafka-event.ts';

const RECORD: KafkaRecord = {
  offset: 15,
  timestampMs: 1_700_000_000_123,
  timestampType: 'CREATE_TIME',
  key: Buffer.from('order-1'),
  value: Buffer.from('{"id":1}'),
  headers: [['traceId', Buffer.from('abc')]],
};

const ORIGIN = { bootstrapServers: 'a:9092,b:9092' };

const eventRecord = (offset: number, partition = 2): EventRecord => ({
  topic: 'orders',
  partition,
  json: recordJson('orders', partition, { ...RECORD, offset }),
});

const record = (parts: Partial<KafkaRecord>) => JSON.parse(recordJson('orders', 2, { ...RECORD, ...parts }));

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

    const json = eventJson({ ...ORIGIN, eventSourceArn: expected.eventSourceArn }, [eventRecord(15)]);

    expect(JSON.parse(json)).toEqual(expected);
  });

  test('of a self-managed cluster has no ARN', () => {
    const event: SelfManagedKafkaEvent = JSON.parse(eventJson(ORIGIN, [eventRecord(15)]));

    expect(event.eventSource).toBe('SelfManagedKafka');
    expect(event).not.toHaveProperty('eventSourceArn');
  });

  test('keeps the order of its records', () => {
    const records = [15, 16, 19].map((offset) => eventRecord(offset));

    const event: SelfManagedKafkaEvent = JSON.parse(eventJson(ORIGIN, records));

    expect(event.records['orders-2']?.map(({ offset }) => offset)).toEqual([15, 16, 19]);
  });

  test('has a key for each partition', () => {
    const records = [eventRecord(15), eventRecord(3, 0), eventRecord(16)];

    const event: SelfManagedKafkaEvent = JSON.parse(eventJson(ORIGIN, records));

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
    expect(record({ key: null, value: null })).toEqual({
      topic: 'orders',
      partition: 2,
      offset: 15,
      timestamp: 1_700_000_000_123,
      timestampType: 'CREATE_TIME',
      headers: [{ traceId: [97, 98, 99] }],
    });
  });

  test('without key or value has null with the option', () => {
    const json = recordJson('orders', 2, { ...RECORD, key: null, value: null }, 'null');

    expect(JSON.parse(json)).toMatchObject({ key: null, value: null });
  });

  test('with an empty key has an empty string, and without headers an empty list', () => {
    expect(record({ key: Buffer.alloc(0), headers: [] })).toMatchObject({ key: '', headers: [] });
  });

  test('has signed header bytes, as in Java', () => {
    const { headers } = record({ headers: [['name', Buffer.from('ë\x7f\x80', 'utf8')]] });

    expect(headers).toEqual([{ name: [-61, -85, 127, -62, -128] }]);
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
      }).headers,
    ).toEqual([{ a: [1] }, { b: null }, { a: [1] }]);
  });

  test('preserves any bytes of key, value and headers', () => {
    const bytes = fc.uint8Array().map((array) => Buffer.from(array));
    fc.assert(
      fc.property(bytes, bytes, fc.string(), bytes, (key, value, name, header) => {
        const read = record({ key, value, headers: [[name, header]] });

        expect(Buffer.from(read.key, 'base64')).toEqual(key);
        expect(Buffer.from(read.value, 'base64')).toEqual(value);
        expect(Object.keys(read.headers[0])).toEqual([name]);
        expect(Buffer.from(read.headers[0][name])).toEqual(header);
      }),
    );
  });
});
