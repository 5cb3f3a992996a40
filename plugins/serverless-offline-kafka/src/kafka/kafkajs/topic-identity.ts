import { kafkajs } from './patched-kafkajs.ts';
import { readTopicIdsOf, type TopicIds } from './topic-ids.ts';

/** How often a group member that fetches nothing checks its topic ids. */
const INTERVAL_MS = 2_000;

/**
 * Checks that a group member reads the topics to which its positions belong. kafkajs' requests contain the name of a topic
 * and not its id. So the brokers apply a position of a deleted topic to a new topic with the same name, and its first records
 * would be skipped. Without ids (see TopicIds) the check always succeeds.
 */
export class TopicIdentity {
  readonly #ids: TopicIds;
  readonly #changed: () => void;
  #cluster: kafkajs.Cluster | undefined;
  #nodeId: number | undefined;
  #result: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `changed` is called when a topic no longer exists or has another id. */
  constructor(ids: TopicIds, changed: () => void) {
    this.#ids = ids;
    this.#changed = changed;
  }

  /** kafkajs' default assigner. It gives access to the member's connections. */
  readonly partitionAssigner: kafkajs.PartitionAssigner = (config) => {
    this.#cluster = config.cluster;
    return kafkajs.PartitionAssigners.roundRobin(config);
  };

  /** Call it when a broker has responded to a fetch. */
  fetched(nodeId: number): void {
    this.#nodeId = nodeId;
    this.#result = undefined;
  }

  /**
   * Returns whether the last fetch read the same topics. Requests the ids from the broker that served it, once per fetch.
   * @throws what kafkajs throws
   */
  isSame(): Promise<boolean> {
    this.#result ??= this.#check();
    return this.#result;
  }

  /** Checks periodically until `close`: while a function fails, nothing is fetched from its partition. */
  watch(): void {
    this.#timer = setInterval(() => void this.#check().catch(() => undefined), INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #check(): Promise<boolean> {
    const cluster = this.#cluster;
    const nodeId = this.#nodeId ?? cluster?.getNodeIds()[0];
    if (this.#ids.size === 0 || cluster === undefined || nodeId === undefined) {
      return true;
    }
    const broker = await cluster.findBroker({ nodeId: `${nodeId}` });
    const found = await readTopicIdsOf(broker, [...this.#ids.keys()]);
    const isSame = [...this.#ids].every(([topic, id]) => found.get(topic) === id);
    if (!isSame) {
      this.#changed();
    }
    return isSame;
  }
}

const ID_PREFIX = 'topic_id=';

/**
 * Returns the metadata that a member commits with a position. Kafka deletes a group's positions with the topic, but a
 * member that has not noticed the deletion can still commit a position for the new topic.
 */
export const positionMetadata = (ids: TopicIds, topic: string): string | null => {
  const id = ids.get(topic);
  return id === undefined ? null : ID_PREFIX + id;
};

/** Returns whether a committed position belongs to a deleted topic. A position without such metadata does not. */
export const belongsToDeletedTopic = (metadata: string | null, ids: TopicIds, topic: string): boolean =>
  Boolean(metadata?.startsWith(ID_PREFIX)) && ids.has(topic) && metadata !== positionMetadata(ids, topic);

/** Returns whether a topic has another id now. False if one of the ids is unknown. */
export const isRecreated = (before: TopicIds, now: TopicIds, topic: string): boolean =>
  before.has(topic) && now.has(topic) && before.get(topic) !== now.get(topic);
