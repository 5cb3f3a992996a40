import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { sanitizeMessage } from '../../../lib/errors/orderly-error.ts';
import type { KafkaRecord, OrderCommand } from '../../../lib/orders/command.ts';
import { decodeCommand } from '../../../lib/orders/decode-command.ts';
import { eventIdOf } from '../../../lib/orders/ids.ts';
import { anOrderJson, aRecord, framed } from '../../support/records.ts';

describe('decoding a record', () => {
  test('never throws, for any record', () => {
    const bytes = fc.uint8Array().map((array) => Buffer.from(array));
    const header = fc.tuple(fc.constantFrom('event-id', 'event-type', 'other'), bytes);
    const value = fc.option(
      fc.oneof(
        bytes,
        fc.json().map((json) => Buffer.from(json)),
      ),
    );

    fc.assert(
      fc.property(value, fc.array(header), (bytesOrNull, headers) => {
        const decoded = decodeCommand(aRecord({ value: bytesOrNull, headers }));

        expect(decoded.ok ? decoded.command.type : decoded.deadLetter.message).not.toBe('');
      }),
    );
  });

  test('reads an order of our producer as its command', () => {
    const eventId = '0199f1a2-7b3c-7d4e-8f50-123456789abc';

    const decoded = decodeCommand(
      aRecord({
        value: anOrderJson({ order_id: 'o-1', price: 19.99, quantity: 3 }),
        headers: [['event-id', Buffer.from(eventId)]],
      }),
    );

    expect(decoded).toMatchObject({
      ok: true,
      command: {
        type: 'order.created',
        eventId,
        content: { orderId: 'o-1', priceCents: 1999, totalCents: 5997 },
      },
    });
  });

  test('reads an order of the predecessor: naive time as UTC, float noise tolerated, total recomputed', () => {
    const decoded = decodeCommand(
      aRecord({
        value: anOrderJson({
          price: 59.970000000000006,
          quantity: 1,
          total_amount: 1,
          created_at: '2026-11-01T10:00:00.123456',
          extra: true,
        }),
      }),
    );

    expect(decoded).toMatchObject({
      ok: true,
      command: {
        content: { priceCents: 5997, totalCents: 5997, createdAt: Date.parse('2026-11-01T10:00:00.123Z') },
      },
    });
  });

  test('an order without created_at gets the timestamp of its record', () => {
    const decoded = decodeCommand(
      aRecord({ value: anOrderJson({ created_at: undefined }), timestamp: 1_700_000_000_123 }),
    );

    expect(decoded).toMatchObject({ ok: true, command: { content: { createdAt: 1_700_000_000_123 } } });
  });

  test.each([
    ['a tombstone', { value: null }, 'undecodable'],
    ['bytes that are not UTF-8', { value: Buffer.from([0xff, 0xfe]) }, 'undecodable'],
    ['an empty value', { value: Buffer.alloc(0) }, 'not_json'],
    ['a zero byte', { value: Buffer.alloc(1) }, 'undecodable'],
    ['the frame of a schema registry without a value', { value: framed(Buffer.alloc(0)) }, 'undecodable'],
    ['a framed value that is not JSON', { value: framed(Buffer.from('{')) }, 'not_json'],
    ['a framed value that is not UTF-8', { value: framed(Buffer.from([0xff])) }, 'undecodable'],
    ['two frames', { value: framed(framed(anOrderJson())) }, 'not_json'],
    ['text that is not JSON', { value: Buffer.from('{"order_id":') }, 'not_json'],
    ['JSON that is not an order', { value: Buffer.from('[1]') }, 'schema_invalid'],
    ['an order without id', { value: anOrderJson({ order_id: undefined }) }, 'schema_invalid'],
    ['an id with a NUL byte', { value: anOrderJson({ customer_id: 'a\u0000' }) }, 'schema_invalid'],
    ['a price of a tenth of a cent', { value: anOrderJson({ price: 0.001 }) }, 'schema_invalid'],
    ['an invalid time', { value: anOrderJson({ created_at: 'yesterday 1' }) }, 'schema_invalid'],
    ['the 30th of February', { value: anOrderJson({ created_at: '2026-02-30T10:00:00' }) }, 'schema_invalid'],
    ['the year 10000', { value: anOrderJson({ created_at: '9999-12-31T23:59:59-12:00' }) }, 'schema_invalid'],
    [
      'an event type from the future',
      { headers: [['event-type', Buffer.from('order.teleported')] as const] },
      'unknown_event_type',
    ],
  ])('%s is a dead letter with its code and the unchanged record', (_case, parts, code) => {
    const record = aRecord(parts);

    const decoded = decodeCommand(record);

    expect(decoded).toMatchObject({ ok: false, deadLetter: { code, record } });
  });
});

test.each([-1e17, -1, 0, 1_700_000_000_000, 7e17])(
  'an order without created_at gets a storable time, even if the timestamp is %p',
  (timestamp) => {
    const decoded = decodeCommand(aRecord({ value: anOrderJson({ created_at: undefined }), timestamp }));

    expect(decoded).toMatchObject({ command: { content: { createdAt: expect.any(Number) } } });
    expect(JSON.stringify(decoded)).toMatch(/"createdAt":\d{1,15}[,}]/);
  },
);

describe('a value in the frame of a schema registry', () => {
  test('is the same command as the plain value, for any id, and its record keeps the original bytes', () => {
    const int32 = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(int32, (schemaId) => {
        const record = aRecord({ value: framed(anOrderJson(), schemaId) });

        expect(decodeCommand(record)).toEqual({
          ok: true,
          command: { ...commandOf(aRecord()), record },
        });
      }),
    );
  });

  test.each([
    [framed(Buffer.from('{'), 0x80ff), 'the value after the schema id 33023 is not JSON'],
    [framed(Buffer.from([0xff])), 'the value after the schema id 7 is not UTF-8 text'],
    [framed(Buffer.alloc(0)), 'the value begins with a zero byte, but has no JSON after the id of a schema'],
  ])('is a dead letter that names the frame, if its rest cannot be read: %p', (value, message) => {
    expect(decodeCommand(aRecord({ value }))).toMatchObject({ deadLetter: { message } });
  });
});

function commandOf(record: KafkaRecord): OrderCommand {
  const decoded = decodeCommand(record);
  if (!decoded.ok) {
    throw new Error(decoded.deadLetter.message);
  }
  return decoded.command;
}

test('an empty event type counts as absent: the record is an order', () => {
  const record = aRecord({ headers: [['event-type', Buffer.alloc(0)]] });

  expect(decodeCommand(record)).toMatchObject({ ok: true, command: { type: 'order.created' } });
});

describe('a cancel', () => {
  const cancel = (value: unknown) =>
    decodeCommand(
      aRecord({
        value: Buffer.from(JSON.stringify(value)),
        headers: [['event-type', Buffer.from('order.cancel_requested')]],
      }),
    );

  test('is read with the customer who requested it, or without a customer', () => {
    expect(cancel({ order_id: 'o-1', customer_id: 'c-1', later: 'field' })).toMatchObject({
      command: { type: 'order.cancel_requested', orderId: 'o-1', customerId: 'c-1' },
    });
    expect(cancel({ order_id: 'o-1' })).toMatchObject({ command: { orderId: 'o-1', customerId: null } });
  });

  test('without an order id is a dead letter', () => {
    expect(cancel({})).toMatchObject({
      ok: false,
      deadLetter: { code: 'schema_invalid', message: 'order_id: is required' },
    });
  });
});

describe("a command's event id", () => {
  test('is the event-id header in lower case', () => {
    const header = ['event-id', Buffer.from('0199F1A2-7B3C-7D4E-8F50-123456789ABC')] as const;

    expect(eventIdOf(aRecord({ headers: [header] }))).toBe('0199f1a2-7b3c-7d4e-8f50-123456789abc');
  });

  test('without a header is the same for the same position in Kafka, and different for every other position', () => {
    const place = { topic: 'orders', partition: 1, offset: 2, timestamp: 3 };
    const others = [{ topic: 'o' }, { partition: 2 }, { offset: 3 }, { timestamp: 4 }];

    const ids = [place, ...others.map((other) => ({ ...place, ...other }))].map((at) =>
      eventIdOf(aRecord(at)),
    );

    expect(eventIdOf(aRecord(place))).toBe(ids[0]);
    expect(new Set(ids).size).toBe(5);
  });

  const withId = (...ids: (string | Uint8Array)[]) =>
    aRecord({ headers: ids.map((id) => ['event-id', Buffer.from(id)] as const) });

  test.each([
    ['42', '1ded97ca-c624-5993-bb35-7efa0a251d5d'],
    [' ', '187bd593-ac55-5e59-85de-54dd55db6cbc'],
    ['Prödukt 😀', '55503106-da6f-55c1-959a-99d588fe05cc'],
    ['\uFEFFmarked', '8ef84a76-a07f-5ec1-bd59-625a39030293'],
    ['a\u0000b', '8c514d70-d5fe-5f4d-bc87-7c3c08955492'],
    ['0199f1a2-7b3c-7d4e-8f50-12345678', '1e9a8f1a-8d6e-5810-b4b9-51f954e85856'],
  ])('from text that is not a UUID (%j) is the same hash in every release', (text, eventId) => {
    expect(eventIdOf(withId(text))).toBe(eventId);
  });

  test('differs for different bytes, and is the same at every position', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 3 }),
      fc
        .constantFrom('\xff', '\xfe', '\xc3(', '\xc3', '\xed\xa0\x80', '\xef\xbf\xbd')
        .map((text) => Buffer.from(text, 'latin1')),
    );

    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [idOfA, idOfB] = [eventIdOf(withId(a)), eventIdOf(withId(b))];

        expect(idOfA === idOfB).toBe(Buffer.compare(a, b) === 0);
        expect(eventIdOf({ ...withId(a), offset: 9 })).toBe(idOfA);
        expect(idOfA).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      }),
      { numRuns: 1_000 },
    );
  });

  test('of an empty header, alone or after another one, equals that of a record without the header', () => {
    expect(eventIdOf(withId(''))).toBe(eventIdOf(aRecord()));
    expect(eventIdOf(withId('42', ''))).toBe(eventIdOf(aRecord()));
    expect(eventIdOf(withId('', '42'))).toBe(eventIdOf(withId('42')));
  });
});

test('a message has no control characters and at most 500 characters', () => {
  expect(sanitizeMessage('a\u0000b\u001b[31m')).toBe('a\uFFFDb\uFFFD[31m');
  expect(sanitizeMessage('x'.repeat(1_000))).toHaveLength(500);
});
