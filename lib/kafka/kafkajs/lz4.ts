const MAGIC = 0x184d2204;
const STORED = 0x80000000;

/**
 * Decompresses an LZ4 frame (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md). Does not verify checksums: the
 * broker has done that.
 * @throws when it is damaged, or longer than `maxBytes`
 */
export function lz4Decompress(input: Buffer, maxBytes: number): Buffer {
  if (input.readUInt32LE(0) !== MAGIC) {
    throw new Error('The LZ4 frame does not start with the magic number.');
  }
  const flags = input.readUInt8(4);
  const hasBlockChecksums = (flags & 0x10) !== 0;
  const contentSizeBytes = (flags & 0x08) !== 0 ? 8 : 0;
  const dictionaryIdBytes = (flags & 0x01) !== 0 ? 4 : 0;
  const blockMaxBytes = 2 ** (8 + 2 * ((input.readUInt8(5) >> 4) & 0x07));
  const output = new Output(maxBytes);
  let at = 7 + contentSizeBytes + dictionaryIdBytes;
  for (let size = input.readUInt32LE(at); size !== 0; size = input.readUInt32LE(at)) {
    const start = at + 4;
    const end = start + (size % STORED);
    if (end > input.length) {
      throw new Error('The LZ4 frame is truncated.');
    }
    output.reserve(blockMaxBytes);
    if (size >= STORED) {
      output.append(input, start, end);
    } else {
      decompressBlock(input.subarray(start, end), output);
    }
    at = end + (hasBlockChecksums ? 4 : 0);
  }
  return output.bytes;
}

function decompressBlock(input: Buffer, output: Output): void {
  let at = 0;
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    for (let byte = nibble === 15 ? 255 : 0; byte === 255; length += byte) {
      byte = input.readUInt8(at);
      at += 1;
    }
    return length;
  };
  while (at < input.length) {
    const token = input.readUInt8(at);
    at += 1;
    const literals = lengthFrom(token >> 4);
    output.append(input, at, at + literals);
    at += literals;
    if (at < input.length) {
      const distance = input.readUInt16LE(at);
      at += 2;
      output.repeat(distance, 4 + lengthFrom(token & 0x0f));
    }
  }
}

/** A growing buffer, because a frame may omit the size of its content. */
class Output {
  readonly #maxBytes: number;
  #buffer = Buffer.alloc(0);
  #size = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  reserve(bytes: number): void {
    const needed = this.#size + bytes;
    if (this.#size > this.#maxBytes) {
      throw new Error(`The batch has more than ${this.#maxBytes} bytes.`);
    }
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
      this.#buffer.copy(grown);
      this.#buffer = grown;
    }
  }

  append(source: Buffer, start: number, end: number): void {
    if (source.copy(this.#buffer, this.#size, start, end) !== end - start) {
      throw new Error('The LZ4 block is damaged.');
    }
    this.#size += end - start;
  }

  /** Copies byte by byte, because a match may overlap its own output. */
  repeat(distance: number, length: number): void {
    const end = this.#size + length;
    if (distance === 0 || distance > this.#size || end > this.#buffer.length) {
      throw new Error('The LZ4 block is damaged.');
    }
    for (; this.#size < end; this.#size += 1) {
      this.#buffer[this.#size] = this.#buffer.readUInt8(this.#size - distance);
    }
  }
}
