// @ts-expect-error kafkajs has no types of its inner modules
import Decoder from 'kafkajs/src/protocol/decoder.js';
// @ts-expect-error see above
import Encoder from 'kafkajs/src/protocol/encoder.js';
// @ts-expect-error see above
import metadataModule from 'kafkajs/src/protocol/requests/metadata/index.js';
// @ts-expect-error see above
import metadataResponseModule from 'kafkajs/src/protocol/requests/metadata/v6/response.js';
import type { kafkajs } from './patched-kafkajs.ts';

/**
 * Ids by topic name. A topic that is deleted and created again keeps its name and gets another id. A topic is absent
 * when it does not exist, or when the broker reports no ids (before Kafka 3.1).
 */
export type TopicIds = ReadonlyMap<string, string>;

interface Metadata {
  readonly topicMetadata: readonly TopicMetadata[];
}

interface TopicMetadata {
  readonly topic: string;
  readonly partitionMetadata: readonly object[];
}

/** The methods that this file uses of kafkajs' decoder. */
interface Reader {
  readInt16(): number;
  readInt32(): number;
  readBoolean(): boolean;
  readBytes(length: number): Buffer;
  readUVarIntString(): string | null;
  readUVarIntArray<T>(item: (reader: Reader) => T): T[];
  readTaggedFields(): unknown;
}

type RequestOf = (given: { topics: readonly string[]; allowAutoTopicCreation?: boolean }) => object;

const metadataRequest: { versions: string[]; protocol: (wanted: { version: number }) => RequestOf } =
  metadataModule;
const metadataResponse: { parse: (data: Metadata) => Promise<Metadata> } = metadataResponseModule;

const API_KEY = 3;
const VERSION = 12;
const NO_ID = Buffer.alloc(16);

/*
 * Adds version 12 of the metadata request to kafkajs 2.2.4, which supports versions up to 6; version 10 introduced ids. If
 * the broker does not support version 12, kafkajs uses its own latest version. See https://kafka.apache.org/protocol#The_Messages_Metadata
 */
if (!metadataRequest.versions.includes(`${VERSION}`)) {
  const older = metadataRequest.protocol;
  const latest = Math.max(...metadataRequest.versions.map(Number));
  metadataRequest.versions.push(`${VERSION}`);
  metadataRequest.protocol = ({ version }) =>
    version === VERSION ? requestMetadata : older({ version: Math.min(version, latest) });
}

/** Returns the current topic ids. @throws what kafkajs throws, also for a topic that does not exist */
export async function readTopicIds(admin: kafkajs.Admin, topics: readonly string[]): Promise<TopicIds> {
  const found = await admin.fetchTopicMetadata({ topics: [...topics] });
  return idsIn(found.topics.map(({ name, partitions }) => ({ topic: name, partitionMetadata: partitions })));
}

/** Returns the current topic ids from one broker, also while a topic or a partition is unavailable. @throws what kafkajs throws */
export async function readTopicIdsOf(broker: kafkajs.Broker, topics: readonly string[]): Promise<TopicIds> {
  try {
    return idsIn((await broker.metadata([...topics])).topicMetadata);
  } catch (error) {
    const metadata = typeof error === 'object' && error !== null ? rejected.get(error) : undefined;
    if (metadata === undefined) {
      throw error;
    }
    return idsIn(metadata.topicMetadata);
  }
}

function idsIn(topics: readonly TopicMetadata[]): TopicIds {
  return new Map(
    topics.flatMap(({ topic, partitionMetadata: [first] }): [string, string][] =>
      first !== undefined && 'topicId' in first && typeof first.topicId === 'string'
        ? [[topic, first.topicId]]
        : [],
    ),
  );
}

/** The metadata response, by the error that kafkajs creates for an error code in it. */
const rejected = new WeakMap<object, Metadata>();

const requestMetadata: RequestOf = ({ topics, allowAutoTopicCreation = true }) => ({
  request: {
    apiKey: API_KEY,
    apiVersion: VERSION,
    apiName: 'Metadata',
    encode: async () => {
      const encoder = new Encoder().writeUVarInt(0); // no tagged fields in the header
      encoder.writeUVarInt(topics.length === 0 ? 0 : topics.length + 1); // 0: all topics
      for (const topic of topics) {
        encoder.writeBuffer(NO_ID).writeUVarIntString(topic).writeUVarInt(0);
      }
      return encoder.writeBoolean(allowAutoTopicCreation).writeBoolean(false).writeUVarInt(0);
    },
  },
  response: {
    decode: async (bytes: Buffer) => decodeMetadata(new Decoder(bytes)),
    parse: async (data: Metadata) => {
      try {
        return await metadataResponse.parse(data);
      } catch (error) {
        if (typeof error === 'object' && error !== null) {
          rejected.set(error, data);
        }
        throw error;
      }
    },
  },
});

/** Decodes into the form of kafkajs' own version 6, with the topic's id in each of its partitions. */
function decodeMetadata(reader: Reader): object {
  reader.readTaggedFields();
  return {
    clientSideThrottleTime: reader.readInt32(),
    throttleTime: 0,
    brokers: reader.readUVarIntArray(readBroker),
    clusterId: reader.readUVarIntString(),
    controllerId: reader.readInt32(),
    topicMetadata: reader.readUVarIntArray(readTopic),
  };
}

function readBroker(reader: Reader): object {
  const nodeId = reader.readInt32();
  const host = reader.readUVarIntString();
  const port = reader.readInt32();
  const rack = reader.readUVarIntString();
  reader.readTaggedFields();
  return { nodeId, host, port, rack };
}

function readTopic(reader: Reader): object {
  const topicErrorCode = reader.readInt16();
  const topic = reader.readUVarIntString();
  const id = Buffer.from(reader.readBytes(NO_ID.length));
  const topicId = id.equals(NO_ID) ? {} : { topicId: id.toString('base64url') };
  const isInternal = reader.readBoolean();
  const partitionMetadata = reader.readUVarIntArray((one) => ({ ...readPartition(one), ...topicId }));
  reader.readInt32(); // authorized operations, which are not requested
  reader.readTaggedFields();
  return { topicErrorCode, topic, isInternal, partitionMetadata };
}

function readPartition(reader: Reader): object {
  const partitionErrorCode = reader.readInt16();
  const partitionId = reader.readInt32();
  const leader = reader.readInt32();
  reader.readInt32(); // the leader's epoch
  const replicas = reader.readUVarIntArray((one) => one.readInt32());
  const isr = reader.readUVarIntArray((one) => one.readInt32());
  const offlineReplicas = reader.readUVarIntArray((one) => one.readInt32());
  reader.readTaggedFields();
  return { partitionErrorCode, partitionId, leader, replicas, isr, offlineReplicas };
}
