import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { jsonLine, type Paint, readableLine, type TailMessage } from '../../../ops/tail/tail-format.ts';
import { framed } from '../../support/records.ts';

const plain: Paint = (_, text) => text;

function aMessage(parts: Partial<TailMessage> = {}): TailMessage {
  const keyBytes = parts.keyBytes === undefined ? Buffer.from('order-1') : parts.keyBytes;
  return {
    topic: 'orders',
    partition: 3,
    offset: 17n,
    timestamp: Date.parse('2026-11-01T10:00:00Z'),
    key: keyBytes?.toString() ?? null,
    value: Buffer.from('{"price":19.90}'),
    headers: [],
    ...parts,
    keyBytes,
  };
}

describe('a line for people', () => {
  test('has time, offset, key, headers and the unchanged value', () => {
    const headers = [['event-id', Buffer.from('e-1')] as const, ['trace', null] as const];

    expect(readableLine(aMessage({ headers }), plain)).toBe(
      '2026-11-01T10:00:00.000Z  orders/3@17  order-1  event-id=e-1  trace=(null)  {"price":19.90}',
    );
  });

  test.each<[string, Partial<TailMessage>, string]>([
    ['a tombstone', { value: null }, '(tombstone)'],
    ['no key', { keyBytes: null }, '(no key)  {"price":19.90}'],
    ['a key that is not UTF-8', { keyBytes: Buffer.from([255]) }, 'base64:/w==  {"price":19.90}'],
    ['a value that is not UTF-8', { value: Buffer.from([200, 1]) }, 'base64:yAE='],
    [
      'JSON over several lines',
      { value: Buffer.from('{\r\n  "a": 1.0,\n  "b": "x  y"\n}\n') },
      '{ "a": 1.0, "b": "x  y" }',
    ],
    ['text over several lines', { value: Buffer.from('a\nb') }, 'a\\u000ab'],
    ['terminal control characters', { value: Buffer.from('\u001b[2J\u202edlrow') }, '\\u001b[2J\\u202edlrow'],
    [
      'the schema id of a framed value',
      { value: framed(Buffer.from('{"a":\n1}'), 200) },
      '(schema 200) {"a": 1}',
    ],
    ['bytes that only begin like a frame', { value: framed(Buffer.from([255]), 200) }, 'base64:AAAAAMj/'],
    ['no time', { timestamp: -1 }, '(no time)  orders/3@17  order-1  {"price":19.90}'],
  ])('shows %s', (_, parts, expected) => {
    const line = readableLine(aMessage(parts), plain);

    expect(line.endsWith(expected)).toBe(true);
    expect(line).not.toMatch(/\p{Cc}/u);
  });

  test('can be coloured part by part', () => {
    const line = readableLine(aMessage(), (colour, text) => `<${colour}>${text}</>`);

    expect(line).toContain('<gray>orders/3@17</>  <cyan>order-1</>  {"price":19.90}');
  });
});

describe('a line for programs', () => {
  test.each([
    [framed(Buffer.from('{"a":1.0}'), 200), '"schema_id":200,"value":{"a":1.0}}'],
    [framed(Buffer.from('{'), 200), '"schema_id":200,"value_text":"{"}'],
    [framed(Buffer.from([255]), 200), '"value_base64":"AAAAAMj/"}'],
    [
      framed(framed(Buffer.from('7'), 2), 1),
      '"schema_id":1,"value_text":"\\u0000\\u0000\\u0000\\u0000\\u00027"}',
    ],
  ])('has the schema id of a framed value in a field of its own', (value, end) => {
    const line = jsonLine(aMessage({ value }));

    expect(line.endsWith(end)).toBe(true);
    expect(() => JSON.parse(line)).not.toThrow();
  });

  test('is one JSON object, with a JSON value that keeps its digits', () => {
    const value = Buffer.from('{\n"id": 12345678901234567890, "price": 1.0}');
    const headers = [
      ['a', Buffer.from('1')] as const,
      ['a', Buffer.from([255])] as const,
      ['b', null] as const,
    ];

    expect(jsonLine(aMessage({ value, headers }))).toBe(
      '{"topic":"orders","partition":3,"offset":17,"time":"2026-11-01T10:00:00.000Z","key":"order-1",' +
        '"headers":[{"name":"a","value":"1"},{"name":"a","value_base64":"/w=="},{"name":"b","value":null}],' +
        '"value":{ "id": 12345678901234567890, "price": 1.0}}',
    );
  });

  test('contains any key, header and value byte for byte', () => {
    const bytes = fc.option(
      fc.oneof(
        fc.uint8Array().map((array) => Buffer.from(array)),
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        fc.json().map((json) => Buffer.from(json)),
        fc.tuple(fc.json(), fc.nat()).map(([json, id]) => framed(Buffer.from(json), id)),
      ),
    );
    fc.assert(
      fc.property(bytes, bytes, bytes, (keyBytes, header, value) => {
        const line = jsonLine(aMessage({ keyBytes, value, headers: [['h', header]] }));

        expect(line).not.toMatch(/[\r\n]/);
        const parsed = JSON.parse(line);
        expect(bytesOf(parsed, 'key')).toEqual(keyBytes);
        expect(bytesOf(parsed.headers[0], 'value')).toEqual(header);
        const hasFrame = parsed.schema_id !== undefined && value !== null;
        const payload = hasFrame ? value.subarray(5) : value;
        if (parsed.value_text === undefined && parsed.value_base64 === undefined && payload !== null) {
          expect(parsed.value).toEqual(JSON.parse(payload.toString()));
        } else {
          expect(bytesOf({ value: parsed.value_text ?? null, ...parsed }, 'value')).toEqual(payload);
        }
        expect(hasFrame ? framed(payload ?? Buffer.of(), parsed.schema_id) : value).toEqual(value);
      }),
    );
  });
});

function bytesOf(fields: Record<string, string | null>, name: string): Buffer | null {
  const text = fields[`${name}_text`] ?? fields[name];
  const base64 = fields[`${name}_base64`];
  if (base64 !== undefined && base64 !== null) {
    return Buffer.from(base64, 'base64');
  }
  return text === undefined || text === null ? null : Buffer.from(text);
}
