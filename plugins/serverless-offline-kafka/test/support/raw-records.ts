import net from 'node:net';
import { gzipSync, zstdCompressSync } from 'node:zlib';

/** A record as bytes. Header names need not be UTF-8. */
export interface RawRecord {
  readonly key?: Buffer | null;
  readonly value?: Buffer | null;
  readonly headers?: readonly (readonly [name: Buffer, value: Buffer | null])[];
  readonly timestampMs?: bigint;
}

export interface BatchSettings {
  readonly baseOffset?: bigint;
  readonly lastOffset?: bigint;
  readonly producerId?: bigint;
  /** Attributes other than the codec, see https://kafka.apache.org/documentation/#recordbatch */
  readonly attributes?: number;
  readonly codec?: 'none' | 'gzip' | 'zstd';
}

const codecs = {
  none: { number: 0, compress: (bytes: Buffer): Buffer => bytes },
  gzip: { number: 1, compress: (bytes: Buffer): Buffer => gzipSync(bytes) },
  zstd: { number: 4, compress: (bytes: Buffer): Buffer => zstdCompressSync(bytes) },
};

/** For a batch of more than 128 MB: Node decompresses it in 8,192 steps, each of which waits for a core on a busy machine. */
export const LARGE_BATCH_MS = 120_000;

/** Returns a record batch in the format of Kafka's log. */
export function recordBatch(records: readonly RawRecord[], settings: BatchSettings = {}): Buffer {
  const { baseOffset = 0n, producerId = -1n, attributes = 0, codec = 'none' } = settings;
  const times = records.map(({ timestampMs = 1_700_000_000_000n }) => timestampMs);
  const baseTime = times[0] ?? 0n;
  const maxTime = times.reduce((max, time) => (time > max ? time : max), baseTime);
  const lastOffset = settings.lastOffset ?? baseOffset + BigInt(Math.max(records.length - 1, 0));
  const body = codecs[codec].compress(
    Buffer.concat(
      records.map((record, index) => recordBytes(record, BigInt(index), (times[index] ?? 0n) - baseTime)),
    ),
  );
  const checked = Buffer.concat([
    int16(attributes | codecs[codec].number),
    int32(Number(lastOffset - baseOffset)),
    int64(baseTime),
    int64(maxTime),
    int64(producerId),
    int16(-1),
    int32(-1),
    int32(records.length),
    body,
  ]);
  const counted = Buffer.concat([int32(-1), Buffer.from([2]), int32(crc32c(checked)), checked]);
  return Buffer.concat([int64(baseOffset), int32(counted.length), counted]);
}

export interface OldMessageSettings {
  readonly offset: bigint;
  readonly format: 0 | 1;
  readonly attributes?: number;
  readonly timestampMs?: bigint;
  readonly value: Buffer | null;
}

/** Returns a message in the log format before Kafka 0.11. Its checksum is wrong, but consumers do not check it. */
export function oldMessage(settings: OldMessageSettings): Buffer {
  const { offset, format, attributes = 0, timestampMs = 0n, value } = settings;
  const message = Buffer.concat([
    ...[int32(0), Buffer.from([format, attributes]), ...(format === 1 ? [int64(timestampMs)] : [])],
    ...[int32(-1), int32(value?.length ?? -1), value ?? Buffer.alloc(0)],
  ]);
  return Buffer.concat([int64(offset), int32(message.length), message]);
}

/** Sends batches to a partition unchanged, in one request. @throws with Kafka's error code */
export async function sendBatches(
  broker: string,
  { topic, partition = 0 }: { readonly topic: string; readonly partition?: number },
  batch: Buffer,
): Promise<void> {
  const [host = '', port] = broker.split(':');
  const socket = net.connect({ host, port: Number(port) });
  try {
    const request = Buffer.concat([
      ...[int16(0), int16(7), int32(1), text('raw')], // Produce, version 7
      ...[int16(-1), int16(-1), int32(10_000)],
      ...[int32(1), text(topic), int32(1), int32(partition), int32(batch.length), batch],
    ]);
    socket.write(Buffer.concat([int32(request.length), request]));
    let answer = Buffer.alloc(0);
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= 4 && answer.length >= 4 + answer.readInt32BE(0)) {
        break;
      }
    }
    const error = answer.readInt16BE(8 + 4 + 2 + topic.length + 4 + 4);
    if (error !== 0) {
      throw new Error(`Kafka rejects the batch with error ${error}.`);
    }
  } finally {
    socket.destroy();
  }
}

function recordBytes(
  { key = null, value = null, headers = [] }: RawRecord,
  offset: bigint,
  time: bigint,
): Buffer {
  const body = Buffer.concat([
    Buffer.from([0]),
    varint(time),
    varint(offset),
    field(key),
    field(value),
    varint(BigInt(headers.length)),
    ...headers.flatMap(([name, content]) => [field(name), field(content)]),
  ]);
  return Buffer.concat([varint(BigInt(body.length)), body]);
}

const field = (bytes: Buffer | null): Buffer =>
  bytes === null ? varint(-1n) : Buffer.concat([varint(BigInt(bytes.length)), bytes]);

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  const signed = BigInt.asIntN(64, value); // a difference of timestamps can overflow, as in Java
  let rest = BigInt.asUintN(64, (signed << 1n) ^ (signed >> 63n));
  for (; rest >= 0x80n; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
  }
  return Buffer.from([...bytes, Number(rest)]);
}

function int64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

const int32 = (value: number): Buffer => int64(BigInt(value)).subarray(4);
const int16 = (value: number): Buffer => int64(BigInt(value)).subarray(6);
const text = (value: string): Buffer => Buffer.concat([int16(value.length), Buffer.from(value)]);

/** CRC-32C (Castagnoli), which `node:zlib` does not have. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc = (crcTable[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc;
}

const crcTable = Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit += 1) {
    crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return crc;
});
