import { ByteWriter } from './byte-writer.ts';
import type { Compression } from './compression.ts';
import { encodeRecordBatch, type OutgoingRecord } from './record-batch.ts';

/** The records of one partition in a request. */
export interface PartitionRecords {
  readonly partition: number;
  readonly records: readonly OutgoingRecord[];
}

/** The response for one partition. */
export interface PartitionAnswer {
  readonly partition: number;
  /** 0: the records are stored. https://kafka.apache.org/protocol#protocol_error_codes */
  readonly errorCode: number;
  /** The offset of the first record. */
  readonly baseOffset: bigint;
}

/** Version 7 (Kafka 2.1 and newer): https://kafka.apache.org/protocol#The_Messages_Produce */
export const PRODUCE_VERSION = 7;

const ALL_IN_SYNC_REPLICAS = -1;
const NO_TRANSACTION = -1;

/** The size of the fields other than the topic's name and the batches, and of the fields of each batch. */
const REQUEST_BYTES = 18;
const PARTITION_BYTES = 8;
/** Partition, error code, base offset, log append time, log start offset. */
const ANSWER_BYTES = 30;

/**
 * Encodes a request without its header. The broker answers when all in-sync replicas have stored the records, or with an
 * error after `timeoutMs`. The records get the timestamp `now`, in ms since the epoch.
 */
export function encodeProduceRequest(
  topic: string,
  partitions: readonly PartitionRecords[],
  timeoutMs: number,
  now: number,
  compression: Compression,
): Buffer {
  const batches = partitions.map(({ partition, records }) => ({
    partition,
    batch: encodeRecordBatch(records, now, compression),
  }));
  const topicBytes = Buffer.byteLength(topic);
  const size = batches.reduce(
    (sum, { batch }) => sum + PARTITION_BYTES + batch.length,
    REQUEST_BYTES + topicBytes,
  );
  const writer = new ByteWriter(size);
  writer.int16(NO_TRANSACTION);
  writer.int16(ALL_IN_SYNC_REPLICAS);
  writer.int32(timeoutMs);
  writer.int32(1); // number of topics
  writer.int16(topicBytes);
  writer.text(topic, topicBytes);
  writer.int32(batches.length);
  for (const { partition, batch } of batches) {
    writer.int32(partition);
    writer.int32(batch.length);
    writer.raw(batch);
  }
  return writer.bytes;
}

/** Decodes the response to a request for one topic. The client must wait `throttleMs` before its next request. */
export function decodeProduceResponse(bytes: Buffer): {
  readonly partitions: readonly PartitionAnswer[];
  readonly throttleMs: number;
} {
  const topicAt = 4; // after the number of topics
  const countAt = topicAt + 2 + bytes.readInt16BE(topicAt);
  const firstAt = countAt + 4;
  const count = bytes.readInt32BE(countAt);
  const partitions = Array.from({ length: count }, (_, index): PartitionAnswer => {
    const at = firstAt + index * ANSWER_BYTES;
    return {
      partition: bytes.readInt32BE(at),
      errorCode: bytes.readInt16BE(at + 4),
      baseOffset: bytes.readBigInt64BE(at + 6),
    };
  });
  return { partitions, throttleMs: bytes.readInt32BE(firstAt + count * ANSWER_BYTES) };
}
