import { kafkajs } from './mended-kafkajs.ts';
import { readTopicIdsOf, type TopicIds } from './topic-ids.ts';

/** How often a group's member that reads nothing looks whether its topics are still the same. */
const INTERVAL_MS = 2_000;

/**
 * Whether the topics that a member of a group reads are those that its positions belong to. Kafka's requests of this
 * version name a topic and not its id, so the brokers serve a position of a deleted topic from the new one: its first
 * records would be skipped. Without ids (see TopicIds) every topic counts as the same.
 */
export class TopicIdentity {
  readonly #ids: TopicIds;
  readonly #changed: () => void;
  #cluster: kafkajs.Cluster | undefined;
  #nodeId: number | undefined;
  #answer: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `changed` is called when a topic is not there any more, or has another id. */
  constructor(ids: TopicIds, changed: () => void) {
    this.#ids = ids;
    this.#changed = changed;
  }

  /** kafkajs' default, which gives us the connections of the member on the way. */
  readonly partitionAssigner: kafkajs.PartitionAssigner = (config) => {
    this.#cluster = config.cluster;
    return kafkajs.PartitionAssigners.roundRobin(config);
  };

  /** A broker has answered a fetch. */
  fetched(nodeId: number): void {
    this.#nodeId = nodeId;
    this.#answer = undefined;
  }

  /**
   * Whether what was fetched last is of the same topics: the broker that served it is asked afterwards, once per fetch.
   * @throws what kafkajs throws
   */
  isSame(): Promise<boolean> {
    this.#answer ??= this.#ask();
    return this.#answer;
  }

  /** Looks from time to time until `close`: while a function fails, nothing is fetched from its partition. */
  watch(): void {
    this.#timer = setInterval(() => void this.#ask().catch(() => undefined), INTERVAL_MS);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #ask(): Promise<boolean> {
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

const NOTE = 'topic_id=';

/**
 * The note that a member commits with a position. Kafka deletes a group's positions with the topic, but takes one for
 * the new topic from a member that does not know yet.
 */
export const positionNote = (ids: TopicIds, topic: string): string | null => {
  const id = ids.get(topic);
  return id === undefined ? null : NOTE + id;
};

/** Whether a committed position is of a topic that was deleted since. One without our note counts as the topic's. */
export const isOfDeletedTopic = (note: string | null, ids: TopicIds, topic: string): boolean =>
  Boolean(note?.startsWith(NOTE)) && ids.has(topic) && note !== positionNote(ids, topic);

/** Whether a topic is another one now. Brokers that report no ids, before an upgrade, know of none. */
export const isRecreated = (before: TopicIds, now: TopicIds, topic: string): boolean =>
  before.has(topic) && now.has(topic) && before.get(topic) !== now.get(topic);
