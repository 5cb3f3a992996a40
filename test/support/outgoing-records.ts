import fc from 'fast-check';
import { OutgoingRecord } from '../../lib/kafka/protocol/record-batch.ts';

const text = fc.string({ unit: 'binary', maxLength: 70 });
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array));

/** Lengths on both sides of a longer varint. */
const large = fc
  .constantFrom(63, 64, 8_191, 8_192)
  .chain((length) => fc.constantFrom('x', 'ä').map((unit) => unit.repeat(length)));

const headerName = fc.oneof(text, fc.constantFrom('event-id', 'constructor', '__proto__'));

/** Records with any bytes, empty and absent parts, text outside ASCII, large values, and names that repeat. */
export const outgoingRecord: fc.Arbitrary<OutgoingRecord> = fc
  .record({
    key: fc.option(bytes),
    value: fc.oneof(fc.constant(null), text, bytes, large),
    headers: fc.array(fc.tuple(headerName, fc.oneof(text, bytes)), { maxLength: 5 }),
  })
  .map((fields) => new OutgoingRecord(fields));
