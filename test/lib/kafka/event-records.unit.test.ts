import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { recordsOf } from '../../../lib/kafka/event-records.ts';
import { aRecord, mskEvent } from '../../support/records.ts';

describe('the records of a Lambda Kafka event', () => {
  test('are byte for byte the ones of the event, for any bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
    const records = fc.array(
      fc.record({
        key: fc.option(bytes),
        value: fc.option(bytes),
        headers: fc.array(fc.tuple(fc.stringMatching(/^[a-z-]{1,9}$/), bytes), { maxLength: 3 }),
      }),
    );

    fc.assert(
      fc.property(records, (contents) => {
        const expected = contents.map((content, offset) => aRecord({ ...content, offset }));

        expect(recordsOf(mskEvent(expected))).toEqual(expected);
      }),
    );
  });

  test('are in offset order within each partition, even if the event is not', () => {
    const event = mskEvent([
      aRecord({ partition: 1, offset: 7 }),
      aRecord({ partition: 0, offset: 4 }),
      aRecord({ partition: 1, offset: 6 }),
    ]);

    const places = recordsOf(event).map(({ partition, offset }) => `${partition}:${offset}`);

    expect(places.filter((place) => place.startsWith('1'))).toEqual(['1:6', '1:7']);
    expect(places).toHaveLength(3);
  });

  test('may have keys and values that are null, and no headers at all', () => {
    const event = mskEvent([aRecord()]);
    const bare = { ...event.records['orders-0']?.[0], key: null, value: null, headers: undefined };

    const [record] = recordsOf({ ...event, records: { 'orders-0': [bare] } } as unknown as typeof event);

    expect(record).toMatchObject({ key: null, value: null, headers: [] });
  });

  test('may have null headers, which count as empty', () => {
    const event = mskEvent([aRecord()]);
    const headers = [{ 'event-id': null }, { 'event-id': [] }];
    const nulls = { ...event.records['orders-0']?.[0], headers };

    const [record] = recordsOf({ ...event, records: { 'orders-0': [nulls] } } as unknown as typeof event);

    expect(record?.headers).toEqual(headers.map(() => ['event-id', Buffer.alloc(0)]));
  });

  test('keep a header byte above 127, which Java signs', () => {
    const [record] = recordsOf(mskEvent([aRecord({ headers: [['name', Buffer.from('ë')]] })]));

    expect(record?.headers[0]?.[1].toString()).toBe('ë');
  });
});
