// @ts-expect-error kafkajs has no types of its inner modules
import Decoder from 'kafkajs/src/protocol/decoder.js';
import { type AbortedTransaction, decodeRecordSet } from './record-set.ts';

/** The methods that this file uses of kafkajs' decoder. */
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
 * be decoded do not fail the response: it still has the other partitions, and the records before such a record.
 */
export async function decodeFetchResponse(bytes: Buffer): Promise<unknown> {
  const reader: Reader = new Decoder(bytes);
  return {
    throttleTime: 0, // the broker does not delay the response; the client must wait
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
