/** What Kafka says of a topic, as far as it decides whether records can be lost or come out of order. */
export interface TopicDescription {
  readonly topic: string;
  readonly partitions: number;
  /** Of the partition that has the fewest replicas. */
  readonly replication: number;
  /** By the setting's name, with the brokers' defaults; a setting that the cluster does not tell is absent. */
  readonly settings: Readonly<Record<string, string>>;
}
