import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runTool } from '../../../../cli/run-tool.ts';
import type { KafkaDistribution } from '../../../../local/kafka/kafka-distribution.ts';
import { type KafkaCluster, startKafkaCluster } from '../../../support/kafka-cluster.ts';
import { createTestState, kafkaDistribution } from '../../../support/test-state.ts';

/** Three brokers, which keep a single copy where nobody asks for more; ServerlessTopicPolicy.java says what they refuse. */
export async function startCluster(): Promise<KafkaCluster> {
  const distribution = await kafkaDistribution();
  const state = createTestState();
  const classes = join(state, 'classes');
  try {
    await compilePolicy(distribution, classes);
    const cluster = await startKafkaCluster({
      settings: {
        'default.replication.factor': 1,
        'min.insync.replicas': 1,
        'create.topic.policy.class.name': 'ServerlessTopicPolicy',
      },
      javaFlags: ['-cp', `${jarsOf(distribution)}:${classes}`], // Java takes the last one
    });
    const end = cluster[Symbol.asyncDispose].bind(cluster);
    return Object.assign(cluster, {
      [Symbol.asyncDispose]: async () => {
        await end();
        rmSync(state, { recursive: true, force: true });
      },
    });
  } catch (error) {
    rmSync(state, { recursive: true, force: true });
    throw error;
  }
}

const jarsOf = ({ directory }: KafkaDistribution): string => join(directory, 'lib', '*');

async function compilePolicy(distribution: KafkaDistribution, classes: string): Promise<void> {
  const { command } = distribution.java;
  const javac = command.includes('/') ? join(dirname(command), 'javac') : 'javac';
  const source = join(import.meta.dirname, 'ServerlessTopicPolicy.java');
  await runTool(javac, ['-cp', jarsOf(distribution), '-d', classes, source], {});
}
