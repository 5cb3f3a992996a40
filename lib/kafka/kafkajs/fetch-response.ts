// @ts-expect-error kafkajs has no types of its inner modules
import Decoder from 'kafkajs/src/protocol/decoder.js';
import { type AbortedTransaction, decodeRecordSet } from './record-set.ts';

/** What is used here of kafkajs' reader of the primitive types of Kafka's protocol. */
interface Reader {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readString(): string | null;
  readBytes(): Buffer | null;
  readArray<Item>(read: (reader: Reader) => Item): Item[];
  readArrayAsync<Item>(read: (reader: Reader) => Promise<Item>): Promise<Item[]>;
}

/**
 * Decodes a fetch response of version 11 (Kafka 2.3 and newer) into what kafkajs' own decoder returns. Records that cannot
 * be decoded do not make it fail: the other partitions of the response, and what stands before such a record, are read.
 */
export async function decodeFetchResponse(bytes: Buffer): Promise<unknown> {
  const reader: Reader = new Decoder(bytes);
  return {
    throttleTime: 0, // the broker has not waited: it asks the client to
    clientSideThrottleTime: reader.readInt32(),
    errorCode: reader.readInt16(),
    sessionId: reader.readInt32(),
    responses: await reader.readArrayAsync(async (topic) => ({
      topicName: topic.readString(),
      partitions: await topic.readArrayAsync(decodePartition),
    })),
  };
}

async function decodePartition(reader: Reader): Promise<unknown> {
  const header = {
    partition: reader.readInt32(),
    errorCode: reader.readInt16(),
    highWatermark: reader.readInt64().toString(),
    lastStableOffset: reader.readInt64().toString(),
    lastStartOffset: reader.readInt64().toString(),
  };
  const aborted = reader.readArray(
    (transaction): AbortedTransaction => ({
      producerId: transaction.readInt64(),
      firstOffset: transaction.readInt64(),
    }),
  );
  return {
    ...header,
    abortedTransactions: [], // their records are left out below
    preferredReadReplica: reader.readInt32(),
    messages: await decodeRecordSet(reader.readBytes() ?? Buffer.alloc(0), aborted),
  };
}
