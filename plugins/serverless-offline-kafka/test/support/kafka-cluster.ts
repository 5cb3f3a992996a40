export { freshTopic, waitForGroups } from '../../../../test/support/kafka.ts';
export { type KafkaCluster, startKafkaCluster } from '../../../../test/support/kafka-cluster.ts';
