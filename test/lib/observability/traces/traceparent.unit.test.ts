import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  parseTraceparent,
  sampledContext,
  traceparentOf,
} from '../../../../lib/observability/traces/traceparent.ts';
import { aRecord } from '../../../support/records.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const notZero = (length: number) => hex(length).filter((text) => /[^0]/.test(text));

describe('parseTraceparent', () => {
  test.each([
    [`00-${traceId}-${spanId}-01`, true],
    [`00-${traceId}-${spanId}-00`, false],
    [`00-${traceId}-${spanId}-03`, true], // the flag of random ids
    [`00-${traceId}-${spanId}-fe`, false],
    [`cc-${traceId}-${spanId}-01`, true],
    [`cc-${traceId}-${spanId}-01-what-the-future-will-be-like`, true],
  ])('%s has a context, sampled: %s', (text, sampled) => {
    expect(parseTraceparent(text)).toEqual({ traceId, spanId, sampled });
  });

  test.each([
    undefined,
    '',
    'garbage',
    `00-${traceId}-${spanId}`,
    `00-${traceId}-${spanId}-01-more`,
    `00-${traceId}-${spanId}-01 `,
    ` 00-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-1`,
    `00-${traceId}-${spanId}-0g`,
    `00-${traceId.toUpperCase()}-${spanId}-01`,
    `00-${'0'.repeat(32)}-${spanId}-01`,
    `00-${traceId}-${'0'.repeat(16)}-01`,
    `00-${traceId.slice(1)}-${spanId}-01`,
    `ff-${traceId}-${spanId}-01`,
    `cc-${traceId}-${spanId}-01.more`,
    `00-${traceId}-${spanId}-01,00-${traceId}-${spanId}-01`,
    `00-${traceId}-${spanId}-01\n`,
  ])('%j has no context', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });

  test('reads what traceparentOf writes', () => {
    fc.assert(
      fc.property(notZero(32), notZero(16), (trace, span) => {
        const text = traceparentOf({ traceId: trace, spanId: span });

        expect(parseTraceparent(text)).toEqual({ traceId: trace, spanId: span, sampled: true });
      }),
    );
  });

  test('reads nothing but ids that a header may contain, whatever a caller sends', () => {
    const edits = fc.tuple(fc.nat(60), fc.string({ maxLength: 3 })).map(([at, text]) => {
      const valid = `00-${traceId}-${spanId}-01`;
      return valid.slice(0, at) + text + valid.slice(at + text.length);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), edits), (text) => {
        const context = parseTraceparent(text);

        expect(
          context === undefined || /^[\da-f]{32}[\da-f]{16}$/.test(context.traceId + context.spanId),
        ).toBe(true);
        expect([context?.traceId, context?.spanId]).not.toContain('0'.repeat(32));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('sampledContext', () => {
  const headers = (...values: string[]) => ({
    headers: values.map((value) => ['traceparent', Buffer.from(value)] as const),
  });

  test('is the last context of a record', () => {
    const record = aRecord(headers('garbage', `00-${traceId}-${spanId}-01`));

    expect(sampledContext(record)).toEqual({ traceId, spanId, sampled: true });
  });

  test.each([
    [[]],
    [['garbage']],
    [[`00-${traceId}-${spanId}-00`]],
    [[`00-${traceId}-${spanId}-01`, 'garbage']],
  ])('is undefined for the headers %j', (values) => {
    expect(sampledContext(aRecord(headers(...values)))).toBeUndefined();
  });

  test('is undefined for bytes that are not text', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00]);

    expect(sampledContext(aRecord({ headers: [['traceparent', bytes]] }))).toBeUndefined();
  });
});
