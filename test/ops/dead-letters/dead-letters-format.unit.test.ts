import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { aligned, tabSeparated } from '../../../cli/table.ts';
import type { DeadLetterDetails, DeadLetterSummary } from '../../../lib/dead-letters/dead-letter.ts';
import { detailsJson, detailsLines, summaryJson } from '../../../ops/dead-letters/dead-letters-format.ts';
import { letterTable, withShortKeys } from '../../../ops/dead-letters/dead-letters-table.ts';
import { aRecord, framed } from '../../support/records.ts';

const at = Date.parse('2026-11-01T10:00:00Z');
const letter = {
  id: '17',
  state: 'open',
  code: 'order_unknown',
  message: 'order "order-1" is unknown',
  refusals: 2,
  createdAt: at,
  changedAt: at + 1_000,
} as const;

/** A summary with this key. */
function aSummary(key: Buffer | null = Buffer.from('order-1')): DeadLetterSummary {
  const parts = { topic: 'orders', partition: 3, offset: 17, valueBytes: 20 };
  return { ...letter, ...parts, keyStart: key?.subarray(0, 256) ?? null, keyBytes: key?.length ?? null };
}

const someDetails = (parts: Partial<DeadLetterDetails['record']> = {}): DeadLetterDetails => ({
  ...letter,
  eventId: '0199a9a0-0000-7000-8000-000000000001',
  record: aRecord({ partition: 3, offset: 17, value: Buffer.from('{"a":\n 1.0}'), ...parts }),
  actions: [
    { at, actor: 'cli:alice', action: 'dead_letter.redriven', reason: null },
    { at: at + 1, actor: 'cli:\u001b[2Jbob', action: 'dead_letter.discarded', reason: 'a test' },
  ],
});

const poison = '\u001b[2J\u009b31m\u0000\r\u202edlrow\u200f\u2028';
const unsafe = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

describe('the table of dead letters', () => {
  test('has a heading and a row per letter, separated by tabs for programs', () => {
    expect(tabSeparated(letterTable([aSummary()]))).toEqual([
      'ID\tSTATE\tREJECTIONS\tCODE\tCHANGED\tRECORD\tKEY\tMESSAGE',
      '17\topen\t2\torder_unknown\t2026-11-01T10:00:01.000Z\torders/3@17\torder-1\torder "order-1" is unknown',
    ]);
  });

  test('has aligned columns within the width of the terminal', () => {
    const lines = aligned(letterTable([aSummary(), { ...aSummary(), id: '1000000', message: 'why' }]), 100);

    expect(lines).toEqual([
      'ID       STATE  REJECTIONS  CODE           CHANGED                   RECORD       KEY      MESSAGE',
      '17       open   2           order_unknown  2026-11-01T10:00:01.000Z  orders/3@17  order-1  order "o…',
      '1000000  open   2           order_unknown  2026-11-01T10:00:01.000Z  orders/3@17  order-1  why',
    ]);
  });

  test.each<[string, Buffer | null, string]>([
    ['no key', null, '(no key)'],
    ['a key that is not UTF-8', Buffer.from([255]), 'base64:/w=='],
    ['a key with terminal control characters', Buffer.from('a\u001b[2J\tb'), 'a\\u001b[2J\\u0009b'],
    ['the start of a long key', Buffer.alloc(1_000_000, 'k'), `${'k'.repeat(256)}… (1000000 bytes)`],
    ['no incomplete character', Buffer.from(`k${'ä'.repeat(500)}`), `k${'ä'.repeat(127)}… (1001 bytes)`],
  ])('shows %s', (_, key, expected) => {
    const [, row] = letterTable([aSummary(key)]);

    expect(row?.[6]).toBe(expected);
    const lines = aligned(withShortKeys(letterTable([aSummary(key)])), 500);
    expect(lines.join('')).not.toMatch(unsafe);
    expect(lines[0]?.indexOf('MESSAGE')).toBeLessThan(130);
  });
});

describe('one dead letter for people', () => {
  test('has its state, cause, record and actions', () => {
    expect(detailsLines(someDetails({ headers: [['event-type', Buffer.from('x')]] }))).toEqual([
      'Dead letter 17',
      '  state     open since 2026-11-01T10:00:01.000Z, rejected 2 times',
      '  code      order_unknown',
      '  message   order "order-1" is unknown',
      '  stored    2026-11-01T10:00:00.000Z',
      '  record    orders/3@17 of 2026-11-01T10:00:00.000Z',
      '  event id  0199a9a0-0000-7000-8000-000000000001',
      '  key       order-1',
      '  header    event-type=x',
      '  value     {"a": 1.0}',
      '  action    2026-11-01T10:00:00.000Z redriven by cli:alice',
      '  action    2026-11-01T10:00:00.001Z discarded by cli:\\u001b[2Jbob: a test',
    ]);
  });

  test('escapes terminal control characters in any bytes', () => {
    const bytes = fc.oneof(fc.uint8Array(), fc.constant(poison), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(bytes, bytes, bytes, fc.string({ unit: 'binary' }), (key, value, header, name) => {
        const record = {
          key: Buffer.from(key),
          value: Buffer.from(value),
          headers: [[name, Buffer.from(header)] as const],
        };

        expect(detailsLines(someDetails(record)).join('')).not.toMatch(unsafe);
        expect(detailsJson(someDetails(record))).not.toMatch(unsafe);
        expect(summaryJson(aSummary(record.key))).not.toMatch(unsafe);
        const table = letterTable([{ ...aSummary(record.key), message: name }]);
        expect(aligned(table, 500).join('')).not.toMatch(unsafe);
      }),
    );
  });

  test('shows the start of a long value and its length', () => {
    const [value = ''] = detailsLines(someDetails({ value: Buffer.alloc(1_000_000, 'v') })).filter((line) =>
      line.startsWith('  value'),
    );

    expect(value).toBe(`  value     ${'v'.repeat(2_000)}… (1000000 bytes; --json shows all)`);
  });

  test('shows the schema id of a framed value, for people and for programs', () => {
    const details = someDetails({ value: framed(Buffer.from('{'), 200) });

    expect(detailsLines(details)).toContain('  value     (schema 200) {');
    expect(JSON.parse(detailsJson(details))).toMatchObject({ schema_id: 200, value: '{' });
  });

  test('names a tombstone and a missing key', () => {
    const lines = detailsLines(someDetails({ key: null, value: null }));

    expect(lines).toContain('  key       (no key)');
    expect(lines).toContain('  value     (tombstone)');
  });
});

describe('one dead letter for programs', () => {
  test('contains any key, header and value byte for byte', () => {
    const bytes = fc.option(
      fc.oneof(
        fc.uint8Array().map((array) => Buffer.from(array)),
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        fc.tuple(fc.string(), fc.nat()).map(([text, id]) => framed(Buffer.from(text), id)),
      ),
    );
    fc.assert(
      fc.property(bytes, bytes, bytes, (key, value, header) => {
        const headers = [['h', header ?? Buffer.alloc(0)] as const];
        const parsed = JSON.parse(detailsJson(someDetails({ key, value, headers })));

        expect(bytesOf(parsed, 'key')).toEqual(key);
        const payload = bytesOf(parsed, 'value');
        expect(
          payload !== null && parsed.schema_id !== undefined ? framed(payload, parsed.schema_id) : payload,
        ).toEqual(value);
        expect(bytesOf(parsed.headers[0], 'value')).toEqual(header ?? Buffer.alloc(0));
      }),
    );
  });

  test('has the same fields in a list, without the record', () => {
    expect(JSON.parse(summaryJson(aSummary()))).toEqual({
      id: '17',
      state: 'open',
      code: 'order_unknown',
      message: 'order "order-1" is unknown',
      refusals: 2,
      topic: 'orders',
      partition: 3,
      offset: 17,
      key: 'order-1',
      key_bytes: 7,
      value_bytes: 20,
      created_at: '2026-11-01T10:00:00.000Z',
      changed_at: '2026-11-01T10:00:01.000Z',
    });
  });
});

function bytesOf(fields: Record<string, string | null>, name: string): Buffer | null {
  const text = fields[name];
  const base64 = fields[`${name}_base64`];
  if (typeof base64 === 'string') {
    return Buffer.from(base64, 'base64');
  }
  return typeof text === 'string' ? Buffer.from(text) : null;
}
