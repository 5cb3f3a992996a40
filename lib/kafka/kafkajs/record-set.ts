// @ts-expect-error kafkajs has no types of its inner modules
import Decoder from 'kafkajs/src/protocol/decoder.js';
// @ts-expect-error see above
import decodeMessageSet from 'kafkajs/src/protocol/messageSet/decoder.js';
import { decompress } from './decompress.ts';
import { DecodedMessage, type Header } from './message.ts';

/** An aborted transaction: the records of the producer from this offset to the abort marker are left out. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

/** The header of a record batch: https://kafka.apache.org/documentation/#recordbatch */
interface BatchHeader {
  readonly baseOffset: bigint;
  readonly lastOffset: bigint;
  readonly baseTimestamp: bigint;
  readonly maxTimestamp: bigint;
  readonly producerId: bigint;
  readonly records: number;
  readonly codec: number;
  readonly isLogAppendTime: boolean;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

/** A message from before Kafka 0.11, as kafkajs decodes it. */
interface OldMessage {
  readonly offset: string;
  readonly attributes: number;
  readonly timestamp?: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** The size of base offset and length, which the length does not include. */
const LENGTH_OFFSET = 8;
const PREFIX_BYTES = 12;
const MAGIC_OFFSET = 16;
const LAST_OFFSET_DELTA_OFFSET = 23;
const HEADER_BYTES = 61;
const OLD_HEADER_BYTES = 26;
const LOG_APPEND_TIME = 0x08;
const ABORT_MARKER = Buffer.from([0, 0, 0, 0]);

/** After this size of one partition, the rest is left for the next fetch: the fetch limits count compressed bytes. */
const MAX_DECOMPRESSED_BYTES = 64 * 1024 * 1024;

/**
 * Decodes the batches of one partition. Leaves out the last batch of a fetch if it is incomplete. Never rejects: if a
 * record cannot be decoded, the list ends there, with a message that has the reason.
 */
export async function decodeRecordSet(
  bytes: Buffer,
  aborted: readonly AbortedTransaction[] = [],
): Promise<DecodedMessage[]> {
  const messages: DecodedMessage[] = [];
  const isAborted = abortedBatches(aborted);
  let start = 0;
  let size = 0;
  while (bytes.length - start > MAGIC_OFFSET && size <= MAX_DECOMPRESSED_BYTES) {
    const end = start + PREFIX_BYTES + bytes.readInt32BE(start + LENGTH_OFFSET);
    if (end > bytes.length) {
      break;
    }
    const batch = bytes.subarray(start, end);
    const baseOffset = bytes.readBigInt64BE(start);
    const count = messages.length;
    let lastOffset = baseOffset;
    try {
      const isOld = bytes.readInt8(start + MAGIC_OFFSET) < 2;
      if (end < start + (isOld ? OLD_HEADER_BYTES : HEADER_BYTES)) {
        throw new Error('The batch is shorter than its header.');
      }
      if (isOld) {
        messages.push(...(await decodeOldFormat(batch)));
      } else {
        lastOffset += BigInt(batch.readInt32BE(LAST_OFFSET_DELTA_OFFSET));
        size += await decodeBatch(batch, isAborted, messages);
      }
    } catch (cause) {
      const before = messages.length > count ? messages.at(-1) : undefined;
      const offset = before === undefined ? baseOffset : BigInt(before.offset) + 1n;
      messages.push(
        new DecodedMessage({
          offset: lastOffset,
          unreadable: { offset, nextOffset: lastOffset + 1n, cause },
        }),
      );
      break;
    }
    if (messages.at(-1)?.offset !== String(lastOffset)) {
      // Compacted records, aborted records and markers have offsets too: kafkajs must continue after them.
      messages.push(new DecodedMessage({ offset: lastOffset, isControlRecord: true }));
    }
    start = end;
  }
  return messages;
}

/** Appends the records of a batch one by one, so that the records before a damaged one are kept. Resolves to their bytes. */
async function decodeBatch(
  batch: Buffer,
  isAborted: (header: BatchHeader, isAbortMarker: boolean) => boolean,
  messages: DecodedMessage[],
): Promise<number> {
  const header = readHeader(batch);
  const body = batch.subarray(HEADER_BYTES);
  if (header.isControl) {
    const marker = new RecordReader(body).record(header);
    isAborted(header, marker.key?.equals(ABORT_MARKER) === true);
    return 0;
  }
  if (isAborted(header, false)) {
    return 0;
  }
  const records = await decompress(header.codec, body);
  const reader = new RecordReader(records);
  for (let index = 0; index < header.records; index += 1) {
    messages.push(reader.record(header));
  }
  return records.length;
}

function readHeader(batch: Buffer): BatchHeader {
  const baseOffset = batch.readBigInt64BE(0);
  const attributes = batch.readInt16BE(21);
  return {
    baseOffset,
    lastOffset: baseOffset + BigInt(batch.readInt32BE(LAST_OFFSET_DELTA_OFFSET)),
    baseTimestamp: batch.readBigInt64BE(27),
    maxTimestamp: batch.readBigInt64BE(35),
    producerId: batch.readBigInt64BE(43),
    records: batch.readInt32BE(57),
    codec: attributes & 0x07,
    isLogAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
    isTransactional: (attributes & 0x10) !== 0,
    isControl: (attributes & 0x20) !== 0,
  };
}

/** Returns whether a batch belongs to an aborted transaction. Call it for every batch, in order, as Java's consumer does. */
function abortedBatches(
  transactions: readonly AbortedTransaction[],
): (header: BatchHeader, isAbortMarker: boolean) => boolean {
  const coming = transactions.toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const producers = new Set<bigint>();
  return ({ producerId, lastOffset, isTransactional }, isAbortMarker) => {
    for (let next = coming[0]; next !== undefined && next.firstOffset <= lastOffset; next = coming[0]) {
      producers.add(next.producerId);
      coming.shift();
    }
    if (isAbortMarker) {
      producers.delete(producerId);
    }
    return isTransactional && producers.has(producerId);
  };
}

/**
 * Decodes a message from before Kafka 0.11, or the messages that are compressed in it. They have no headers, and no timestamp
 * before 0.10.
 * See https://kafka.apache.org/documentation/#messageset
 */
async function decodeOldFormat(bytes: Buffer): Promise<DecodedMessage[]> {
  const messages: readonly OldMessage[] = await decodeMessageSet(new Decoder(bytes), bytes.length);
  return messages.map(
    ({ offset, attributes, timestamp = '-1', key, value }) =>
      new DecodedMessage({
        offset: BigInt(offset),
        timestamp: BigInt(timestamp),
        key,
        value,
        isLogAppendTime: (attributes & LOG_APPEND_TIME) !== 0,
      }),
  );
}

/** Reads the fields of records; numbers are zigzag varints. */
class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  record({ baseOffset, baseTimestamp, maxTimestamp, isLogAppendTime }: BatchHeader): DecodedMessage {
    const end = this.#varInt() + this.#at;
    this.#at += 1; // attributes, unused
    const timestampDelta = this.#varLong();
    const offset = baseOffset + BigInt(this.#varInt());
    const key = this.#field();
    const value = this.#field();
    const headerList: Header[] = [];
    for (let left = this.#varInt(); left > 0; left -= 1) {
      headerList.push([(this.#field() ?? '').toString(), this.#field()]);
    }
    if (this.#at !== end) {
      throw new Error(`The record at offset ${offset} does not have its declared length.`);
    }
    const timestamp = isLogAppendTime ? maxTimestamp : BigInt.asIntN(64, baseTimestamp + timestampDelta);
    return new DecodedMessage({ offset, timestamp, isLogAppendTime, key, value, headerList });
  }

  #byte(): number {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) {
      throw new Error('The batch ends in the middle of a record.');
    }
    this.#at += 1;
    return byte;
  }

  #varInt(): number {
    let result = 0;
    let byte = 0x80;
    for (let shift = 0; (byte & 0x80) !== 0; shift += 7) {
      byte = this.#byte();
      result |= (byte & 0x7f) << shift;
    }
    return (result >>> 1) ^ -(result & 1);
  }

  #varLong(): bigint {
    let result = 0n;
    let byte = 0x80;
    for (let shift = 0n; (byte & 0x80) !== 0; shift += 7n) {
      byte = this.#byte();
      result |= BigInt(byte & 0x7f) << shift;
    }
    return (result >> 1n) ^ -(result & 1n);
  }

  /** Reads a length and as many bytes; null for the length -1. */
  #field(): Buffer | null {
    const length = this.#varInt();
    if (length < 0) {
      return null;
    }
    if (this.#at + length > this.#bytes.length) {
      throw new Error('The batch ends in the middle of a record.');
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
