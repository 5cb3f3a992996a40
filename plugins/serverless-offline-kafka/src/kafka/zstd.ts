import { promisify } from 'node:util';
import zlib from 'node:zlib';
import kafkajs from 'kafkajs';

/** Teaches kafkajs zstd, which it only knows by name, where Node has it: from 22.15 on. */
export function registerZstd(): void {
  const { zstdCompress, zstdDecompress } = zlib;
  if (typeof zstdDecompress !== 'function') {
    return;
  }
  const [compress, decompress] = [promisify(zstdCompress), promisify(zstdDecompress)];
  kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compress(buffer),
    decompress: (buffer: Buffer) => decompress(buffer),
  });
}
