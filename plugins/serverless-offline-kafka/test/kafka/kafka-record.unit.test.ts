import { describe, expect, test } from '@jest/globals';
import { kafkaRecord } from '../../src/kafka/kafka-record.ts';

const MESSAGE = {
  offset: '15',
  timestamp: '1700000000123',
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  attributes: 0,
  headers: {},
};

describe('a message as kafkajs gives it', () => {
  test('becomes a record with numbers', () => {
    expect(kafkaRecord(MESSAGE)).toEqual({
      offset: 15,
      timestampMs: 1_700_000_000_123,
      timestampType: 'CREATE_TIME',
      key: MESSAGE.key,
      value: MESSAGE.value,
      headers: [],
    });
  });

  test('says which clock its timestamp comes from', () => {
    const typeOf = (timestampType: number) => {
      const message = { ...MESSAGE, batchContext: { timestampType } };
      return kafkaRecord(message).timestampType;
    };

    expect([typeOf(0), typeOf(1)]).toEqual(['CREATE_TIME', 'LOG_APPEND_TIME']);
  });

  test('has one header per value, also where a name repeats', () => {
    const [one, two] = [Buffer.from('1'), Buffer.from('2')];

    const { headers } = kafkaRecord({ ...MESSAGE, headers: { a: [one, two], b: two } });

    expect(headers).toEqual([
      ['a', one],
      ['a', two],
      ['b', two],
    ]);
  });

  test('keeps a header without value', () => {
    expect(kafkaRecord({ ...MESSAGE, headers: { a: undefined } }).headers).toEqual([['a', null]]);
  });
});
