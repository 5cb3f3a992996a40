import { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';

/** The compression types of Kafka, for the batches of a plain producer. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type Compression = (typeof compressions)[number];

export const compressionTypes: Readonly<Record<Compression, kafkajs.CompressionTypes>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

// kafkajs has no codec for these two. The frames below are valid, but do not compress.
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.Snappy] = writeOnly(snappyFrame);
kafkajs.CompressionCodecs[kafkajs.CompressionTypes.LZ4] = writeOnly(lz4Frame);

function writeOnly(compress: (bytes: Buffer) => Buffer): () => object {
  return () => ({ compress: async ({ buffer }: { readonly buffer: Buffer }) => compress(buffer) });
}

const BLOCK_BYTES = 32_768;

function blocksOf(bytes: Buffer): Buffer[] {
  const count = Math.ceil(bytes.length / BLOCK_BYTES);
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES),
  );
}

/** Frame of the xerial library, which Kafka uses, with one literal per block. */
function snappyFrame(bytes: Buffer): Buffer {
  const blocks = blocksOf(bytes).map((block) => {
    const length = [(block.length & 0x7f) | 0x80, ((block.length >> 7) & 0x7f) | 0x80, block.length >> 14];
    const literal = [0xf4, (block.length - 1) & 0xff, (block.length - 1) >> 8];
    const raw = Buffer.concat([Buffer.from([...length, ...literal]), block]);
    const size = Buffer.alloc(4);
    size.writeUInt32BE(raw.length);
    return Buffer.concat([size, raw]);
  });
  return Buffer.concat([Buffer.from('82534e4150505900' + '00000001' + '00000001', 'hex'), ...blocks]);
}

/** Frame of uncompressed blocks. */
function lz4Frame(bytes: Buffer): Buffer {
  const blocks = blocksOf(bytes).map((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE((block.length | 0x8000_0000) >>> 0);
    return Buffer.concat([size, block]);
  });
  return Buffer.concat([Buffer.from('04224d18604082', 'hex'), ...blocks, Buffer.alloc(4)]);
}
