import { describe, expect, test } from '@jest/globals';
import { kafkaRecord } from '../../src/kafka/kafka-record.ts';
import type { Header } from '../../src/kafka/kafkajs/message.ts';

const MESSAGE = {
  offset: '15',
  timestamp: '1700000000123',
  key: Buffer.from('k'),
  value: Buffer.from('v'),
  attributes: 0,
  headers: {},
};

describe('a message of kafkajs', () => {
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

  test('has the type of its timestamp', () => {
    const typeOf = (isLogAppendTime: boolean) => kafkaRecord({ ...MESSAGE, isLogAppendTime }).timestampType;

    expect([typeOf(false), typeOf(true)]).toEqual(['CREATE_TIME', 'LOG_APPEND_TIME']);
  });

  test('keeps the order of its headers', () => {
    const headerList: Header[] = [
      ['b', Buffer.from('1')],
      ['a', null],
      ['b', Buffer.from('2')],
    ];

    expect(kafkaRecord({ ...MESSAGE, headerList }).headers).toBe(headerList);
  });
});
