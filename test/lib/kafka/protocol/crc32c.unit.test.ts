import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from '../../../../lib/kafka/protocol/crc32c.ts';

const ascending = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const iscsiRead = Buffer.from(
  '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
  'hex',
);

test.each([
  ['32 bytes of zeroes', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 incrementing bytes', ascending, 0x46dd794e],
  ['32 decrementing bytes', Buffer.from(ascending).reverse(), 0x113fdb5c],
  ['an iSCSI SCSI Read (10) command', iscsiRead, 0xd9963a56],
  ['the check value of the CRC catalogue', Buffer.from('123456789'), 0xe3069283],
  ['nothing', Buffer.alloc(0), 0],
])('the checksum of %s is that of RFC 3720 B.4', (_what, bytes, checksum) => {
  expect(crc32c(bytes)).toBe(checksum);
});

test('bytes of any length and alignment have the checksum that the definition gives bit by bit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 0, max: 15 }), (bytes, offset) => {
      const aligned = new Uint8Array(offset + bytes.length);
      aligned.set(bytes, offset);

      expect(crc32c(aligned.subarray(offset))).toBe(bitwise(bytes));
    }),
  );
});

function bitwise(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}
