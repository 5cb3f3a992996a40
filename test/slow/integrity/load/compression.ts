import { kafkajs } from '../../../../lib/kafka/kafkajs/patched-kafkajs.ts';

/** How a plain producer may compress what it sends together. Kafka knows no other. */
export const compressions = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;

export type Compression = (typeof compressions)[number];

export const compressionTypes: Readonly<Record<Compression, kafkajs.CompressionTypes>> = {
  none: kafkajs.CompressionTypes.None,
  gzip: kafkajs.CompressionTypes.GZIP,
  snappy: kafkajs.CompressionTypes.Snappy,
  lz4: kafkajs.CompressionTypes.LZ4,
  zstd: kafkajs.CompressionTypes.ZSTD,
};

// kafkajs cannot write these two. What is written here is valid, though not smaller.
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

/** The framing of xerial's library, which Kafka uses, around blocks of one literal each. */
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

/** A frame of blocks that are stored as they are. */
function lz4Frame(bytes: Buffer): Buffer {
  const blocks = blocksOf(bytes).map((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE((block.length | 0x8000_0000) >>> 0);
    return Buffer.concat([size, block]);
  });
  return Buffer.concat([Buffer.from('04224d18604082', 'hex'), ...blocks, Buffer.alloc(4)]);
}
