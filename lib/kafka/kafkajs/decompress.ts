import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { lz4Decompress } from './lz4.ts';
import { snappyDecompress } from './snappy.ts';

/** The maximum size of a decompressed batch. Brokers limit only the compressed size (1 MB by default). */
const MAX_BATCH_BYTES = 128 * 1024 * 1024;

const unzip = promisify(zlib.unzip);
/** Node has zstd from 22.15 on. */
const [zstdCompress, zstdDecompress] = [zlib.zstdCompress, zlib.zstdDecompress].map(
  (method) => typeof method === 'function' && promisify(method),
);

/** For kafkajs' producer, and for messages from before Kafka 0.11; kafkajs supports gzip itself. */
export const zstdCodec =
  zstdCompress && zstdDecompress
    ? {
        compress: ({ buffer }: { readonly buffer: Buffer }): Promise<Buffer> => zstdCompress(buffer),
        decompress: (bytes: Buffer): Promise<Buffer> => decompress(4, bytes),
      }
    : undefined;

/** Decompresses the records of a batch. `codec` is Kafka's number. @throws when they cannot be read, or are too many */
export async function decompress(codec: number, bytes: Buffer): Promise<Buffer> {
  switch (codec) {
    case 0:
      return bytes;
    case 1:
      return unzip(bytes, { maxOutputLength: MAX_BATCH_BYTES });
    case 2:
      return snappyDecompress(bytes, MAX_BATCH_BYTES);
    case 3:
      return lz4Decompress(bytes, MAX_BATCH_BYTES);
    case 4:
      if (zstdDecompress) {
        return zstdDecompress(bytes, { maxOutputLength: MAX_BATCH_BYTES });
      }
      throw new Error('zstd needs Node 22.15 or newer.');
    default:
      throw new Error(`Unknown compression codec ${codec}.`);
  }
}
