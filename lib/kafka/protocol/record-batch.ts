import { ByteWriter, varIntBytes } from './byte-writer.ts';
import { type Compression, compressRecords } from './compression.ts';
import { crc32c } from './crc32c.ts';

/** The content of a field. Text is encoded as UTF-8. */
type Text = Buffer | string;

/** A record that is not in a batch yet. */
export class OutgoingRecord {
  readonly key: Buffer | null;
  readonly value: Text | null;
  /** Names may repeat. */
  readonly headers: readonly (readonly [name: string, value: Text])[];
  /** The size of the fields that do not depend on the place in a batch. */
  readonly bytes: number;

  constructor({ key, value, headers }: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>) {
    this.key = key;
    this.value = value;
    this.headers = headers;
    this.bytes =
      FIXED_BYTES +
      fieldBytes(key) +
      fieldBytes(value) +
      varIntBytes(headers.length) +
      headers.reduce((sum, [name, text]) => sum + fieldBytes(name) + fieldBytes(text), 0);
  }
}

/** Attributes, and the difference to the timestamp of the batch. Both are 0. */
const FIXED_BYTES = 2;
const HEADER_BYTES = 61;
/** Base offset and length. The value of the length field does not include them. */
const PREFIX_BYTES = 12;
const LENGTH_OFFSET = 8;
const CRC_OFFSET = 17;
/** The checksum covers all bytes from here on. */
const ATTRIBUTES_OFFSET = 21;
const MAGIC = 2;
const NO_PRODUCER_ID = -1n;

/**
 * Encodes a batch in which all records have the same timestamp, in ms since the epoch.
 * Source: https://kafka.apache.org/documentation/#recordbatch
 */
export function encodeRecordBatch(
  records: readonly OutgoingRecord[],
  timestamp: number,
  compression: Compression,
): Buffer {
  const size = records.reduce((sum, record, offsetDelta) => {
    const length = recordLength(record, offsetDelta);
    return sum + varIntBytes(length) + length;
  }, HEADER_BYTES);
  const writer = new ByteWriter(size);
  writer.int64(0n); // base offset: the broker assigns it
  writer.int32(0); // length, see below
  writer.int32(0); // partition leader epoch: the broker assigns it
  writer.int8(MAGIC);
  writer.int32(0); // checksum, see below
  writer.int16(0); // attributes: timestamps of the producer, no transaction; compression, see below
  writer.int32(records.length - 1); // offset delta of the last record
  writer.int64(BigInt(timestamp)); // base timestamp
  writer.int64(BigInt(timestamp)); // maximum timestamp
  writer.int64(NO_PRODUCER_ID);
  writer.int16(0); // producer epoch
  writer.int32(0); // sequence number of the first record
  writer.int32(records.length);
  for (const [offsetDelta, record] of records.entries()) {
    writeRecord(writer, record, offsetDelta);
  }
  const batch = compressed(writer.bytes, compression);
  batch.writeInt32BE(batch.length - PREFIX_BYTES, LENGTH_OFFSET);
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_OFFSET)), CRC_OFFSET);
  return batch;
}

/** Compresses the records of a batch, and sets the codec in its header. */
function compressed(batch: Buffer, compression: Compression): Buffer {
  const { codec, bytes } = compressRecords(batch.subarray(HEADER_BYTES), compression);
  if (codec === 0) {
    return batch;
  }
  const smaller = Buffer.concat([batch.subarray(0, HEADER_BYTES), bytes]);
  smaller.writeInt16BE(codec, ATTRIBUTES_OFFSET);
  return smaller;
}

function writeRecord(writer: ByteWriter, record: OutgoingRecord, offsetDelta: number): void {
  const { key, value, headers } = record;
  writer.varInt(recordLength(record, offsetDelta));
  writer.int16(0); // attributes and timestamp delta
  writer.varInt(offsetDelta);
  writeField(writer, key);
  writeField(writer, value);
  writer.varInt(headers.length);
  for (const [name, text] of headers) {
    writeField(writer, name);
    writeField(writer, text);
  }
}

/** Returns the value of the length field at the start of a record. It does not include that field. */
const recordLength = ({ bytes }: OutgoingRecord, offsetDelta: number): number =>
  bytes + varIntBytes(offsetDelta);

function fieldBytes(field: Text | null): number {
  const length = lengthOf(field);
  return varIntBytes(length) + Math.max(length, 0);
}

function writeField(writer: ByteWriter, field: Text | null): void {
  const length = lengthOf(field);
  writer.varInt(length);
  if (typeof field === 'string') {
    writer.text(field, length);
  } else if (field !== null) {
    writer.raw(field);
  }
}

/** Returns -1 for null. */
const lengthOf = (field: Text | null): number => (field === null ? -1 : Buffer.byteLength(field));
