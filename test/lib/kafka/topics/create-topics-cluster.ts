import { join } from 'node:path';
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka-cluster.ts';
import { compileForKafka } from '../../../support/prepared-data.ts';

/** Three brokers that keep a single copy by default. ServerlessTopicPolicy.java lists what they reject. */
export async function startCluster(): Promise<KafkaCluster> {
  return startKafkaCluster({
    settings: {
      'default.replication.factor': 1,
      'min.insync.replicas': 1,
      'create.topic.policy.class.name': 'ServerlessTopicPolicy',
    },
    classes: [await compileForKafka(join(import.meta.dirname, 'ServerlessTopicPolicy.java'))],
  });
}
