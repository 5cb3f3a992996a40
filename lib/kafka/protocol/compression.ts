import { constants, gzipSync, zstdCompressSync } from 'node:zlib';

/** The codec of a batch. */
export type Compression = 'none' | 'gzip' | 'zstd';

export interface CompressedRecords {
  /** The number of the codec in the attributes of a batch: https://kafka.apache.org/documentation/#recordbatch */
  readonly codec: number;
  readonly bytes: Uint8Array;
}

/** A single order has fewer bytes, and compression would make it larger. */
const SMALLEST_BYTES = 1_024;

/** Higher levels take longer and hardly save more on orders. */
const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

/** Compresses records. Returns them unchanged if they would not become smaller. Blocks for a millisecond per 300 KB (zstd). */
export function compressRecords(bytes: Uint8Array, compression: Compression): CompressedRecords {
  const unchanged = { codec: 0, bytes };
  if (compression === 'none' || bytes.length < SMALLEST_BYTES) {
    return unchanged;
  }
  const compressed =
    compression === 'gzip'
      ? { codec: 1, bytes: gzipSync(bytes) }
      : { codec: 4, bytes: zstdCompressSync(bytes, FASTEST) };
  return compressed.bytes.length < bytes.length ? compressed : unchanged;
}
