/** The header of snappy-java, which splits its input into blocks. Other producers send one block without a header. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const MAGIC_AND_VERSIONS_BYTES = 16;

/**
 * Decompresses snappy as Kafka's producers write it (https://github.com/google/snappy/blob/main/format_description.txt).
 * @throws when it is damaged, or longer than `maxBytes`
 */
export function snappyDecompress(input: Buffer, maxBytes: number): Buffer {
  if (!input.subarray(0, MAGIC.length).equals(MAGIC)) {
    return decompressBlock(input, maxBytes);
  }
  const blocks: Buffer[] = [];
  let left = maxBytes;
  for (let at = MAGIC_AND_VERSIONS_BYTES; at < input.length; ) {
    const end = at + 4 + input.readUInt32BE(at);
    const block = decompressBlock(input.subarray(at + 4, end), left);
    blocks.push(block);
    left -= block.length;
    at = end;
  }
  return Buffer.concat(blocks);
}

function decompressBlock(input: Buffer, maxBytes: number): Buffer {
  let at = 0;
  let length = 0;
  for (let shift = 0, byte = 0x80; byte >= 0x80; shift += 7) {
    byte = input.readUInt8(at);
    length += (byte & 0x7f) * 2 ** shift;
    at += 1;
  }
  if (length > maxBytes) {
    throw new Error(`The batch has more than ${maxBytes} bytes.`);
  }
  const output = Buffer.allocUnsafe(length);
  let size = 0;
  while (at < input.length) {
    const tag = input.readUInt8(at);
    const kind = tag & 0x03;
    at += 1;
    if (kind === 0) {
      const lengthBytes = Math.max(0, (tag >> 2) - 59);
      const literal = 1 + (lengthBytes === 0 ? tag >> 2 : input.readUIntLE(at, lengthBytes));
      at += lengthBytes;
      size += input.copy(output, size, at, at + literal);
      at += literal;
      continue;
    }
    const distance =
      kind === 1
        ? ((tag >> 5) << 8) + input.readUInt8(at)
        : kind === 2
          ? input.readUInt16LE(at)
          : input.readUInt32LE(at);
    const copied = kind === 1 ? 4 + ((tag >> 2) & 0x07) : 1 + (tag >> 2);
    at += kind === 3 ? 4 : kind;
    if (distance === 0 || distance > size || size + copied > length) {
      throw new Error('The snappy block is damaged.');
    }
    // Byte by byte, because a copy may overlap its own output
    for (const end = size + copied; size < end; size += 1) {
      output[size] = output.readUInt8(size - distance);
    }
  }
  if (size !== length) {
    throw new Error('The snappy block is damaged.');
  }
  return output;
}
