/** The bits of the Castagnoli polynomial, reversed: https://www.rfc-editor.org/rfc/rfc3720#section-12.1 */
const POLYNOMIAL = 0x82f63b78;
const BYTES_PER_STEP = 16;

/** Table n has the checksums of all bytes, each followed by n zero bytes ("slicing by 16"). */
const tables = makeTables();

/** Returns the CRC-32C of bytes, the checksum of Kafka's record batches. `node:zlib` has only CRC-32. */
export function crc32c(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const steps = bytes.length - (bytes.length % BYTES_PER_STEP);
  let crc = -1;
  for (let at = 0; at < steps; at += BYTES_PER_STEP) {
    crc =
      checksumOfWord(crc ^ view.getInt32(at, true), 12) ^
      checksumOfWord(view.getInt32(at + 4, true), 8) ^
      checksumOfWord(view.getInt32(at + 8, true), 4) ^
      checksumOfWord(view.getInt32(at + 12, true), 0);
  }
  for (let at = steps; at < bytes.length; at += 1) {
    crc = (crc >>> 8) ^ checksumOfByte(crc ^ view.getUint8(at), 0);
  }
  return ~crc >>> 0;
}

const checksumOfWord = (word: number, zeros: number): number =>
  checksumOfByte(word, zeros + 3) ^
  checksumOfByte(word >>> 8, zeros + 2) ^
  checksumOfByte(word >>> 16, zeros + 1) ^
  checksumOfByte(word >>> 24, zeros);

const checksumOfByte = (byte: number, zeros: number): number => tables[zeros * 256 + (byte & 0xff)] as number;

function makeTables(): Int32Array {
  const all = new Int32Array(BYTES_PER_STEP * 256);
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = (crc >>> 1) ^ (crc & 1 && POLYNOMIAL);
    }
    all[byte] = crc;
  }
  for (let index = 256; index < all.length; index += 1) {
    const crc = all[index - 256] as number;
    all[index] = (crc >>> 8) ^ (all[crc & 0xff] as number);
  }
  return all;
}
