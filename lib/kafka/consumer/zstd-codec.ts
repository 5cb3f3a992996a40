import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';

const compress = promisify(zstdCompress);
const decompress = promisify(zstdDecompress);

interface ZstdCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

/** What kafkajs wants of a codec; it brings gzip itself. */
export const zstdCodec: ZstdCodec = {
  compress: ({ buffer }) => compress(buffer),
  decompress: (buffer) => decompress(buffer),
};
