/** Returns the size of a 32-bit integer as a zigzag varint. */
export const varIntBytes = (value: number): number => Math.trunc((38 - Math.clz32(zigzag(value) | 1)) / 7);

const zigzag = (value: number): number => (value << 1) ^ (value >> 31);

/** Writes the types of Kafka's protocol one after another: https://kafka.apache.org/protocol#protocol_types */
export class ByteWriter {
  /** Complete when the caller has written `size` bytes. */
  readonly bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafe(size);
  }

  int8(value: number): void {
    this.#at = this.bytes.writeInt8(value, this.#at);
  }

  int16(value: number): void {
    this.#at = this.bytes.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#at = this.bytes.writeInt32BE(value, this.#at);
  }

  int64(value: bigint): void {
    this.#at = this.bytes.writeBigInt64BE(value, this.#at);
  }

  /** Writes a zigzag varint. */
  varInt(value: number): void {
    let rest = zigzag(value);
    while ((rest & ~0x7f) !== 0) {
      this.bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.#at++] = rest;
  }

  /** Writes text as UTF-8. `byteLength` is its length in UTF-8. */
  text(text: string, byteLength: number): void {
    // ASCII text has the same bytes in Latin-1, which Node writes twice as fast.
    const encoding = text.length === byteLength ? 'latin1' : 'utf8';
    this.#at += this.bytes.write(text, this.#at, byteLength, encoding);
  }

  raw(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
