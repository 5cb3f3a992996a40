import {
  DescribeClusterV2Command,
  DescribeTopicCommand,
  GetBootstrapBrokersCommand,
  KafkaClient,
} from '@aws-sdk/client-kafka';
import * as z from 'zod';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { TopicDescription } from '../../lib/kafka/topics/validate-topic.ts';
import { isRejection } from './rejected-request.ts';

export type KafkaAuth = 'iam' | 'none';

/** The listeners of a cluster by authentication method, with their names in GetBootstrapBrokers. */
const listeners = {
  iam: { name: 'IAM', key: 'BootstrapBrokerStringSaslIam' },
  none: { name: 'unauthenticated plaintext', key: 'BootstrapBrokerString' },
} as const;

/** @throws OrderlyError if the cluster does not serve clients in its state. */
export async function assertClusterActive(arn: string, region: string): Promise<void> {
  const { ClusterInfo } = await new KafkaClient({ region }).send(
    new DescribeClusterV2Command({ ClusterArn: arn }),
  );
  const state = ClusterInfo?.State ?? 'unknown';
  // a cluster serves clients while AWS changes, patches or repairs it
  if (!['ACTIVE', 'UPDATING', 'MAINTENANCE', 'HEALING', 'REBOOTING_BROKER'].includes(state)) {
    throw new OrderlyError('deployment', `The cluster ${arn} is ${state}: wait until it is ACTIVE.`);
  }
}

/** Returns the security groups of the brokers and of the event source mappings that read from them; none if there is no cluster. */
export async function readSecurityGroups(arn: string, region: string): Promise<readonly string[]> {
  const { ClusterInfo } = await new KafkaClient({ region })
    .send(new DescribeClusterV2Command({ ClusterArn: arn }))
    .catch((error: unknown) => {
      if (isNotFound(error)) {
        return { ClusterInfo: undefined };
      }
      throw error;
    });
  return [
    ...(ClusterInfo?.Provisioned?.BrokerNodeGroupInfo?.SecurityGroups ?? []),
    ...(ClusterInfo?.Serverless?.VpcConfigs ?? []).flatMap(({ SecurityGroupIds = [] }) => SecurityGroupIds),
  ];
}

/**
 * Returns host:port of the brokers, sorted: AWS lists them in no stable order, and another order would update every function.
 * @throws OrderlyError if the cluster has no listener for this authentication method.
 */
export async function readBrokers(arn: string, auth: KafkaAuth, region: string): Promise<string> {
  const answer = await new KafkaClient({ region })
    .send(new GetBootstrapBrokersCommand({ ClusterArn: arn }))
    .catch((cause: unknown) => {
      throw isRejection(cause)
        ? new OrderlyError(
            'deployment',
            `AWS does not return the brokers of the cluster (${cause.name}): allow kafka:GetBootstrapBrokers, or give them with --param kafkaBrokers=….`,
            { cause },
          )
        : cause;
    });
  const { name, key } = listeners[auth];
  const brokers = answer[key];
  if (!brokers) {
    const others = Object.values(listeners).filter((listener) => answer[listener.key]);
    throw new OrderlyError(
      'deployment',
      `The cluster has no ${name} listener, which kafkaAuth=${auth} needs${others.length > 0 ? `; it has ${others.map((other) => other.name).join(', ')}` : ''}.`,
    );
  }
  return brokers.split(',').sort().join(',');
}

/**
 * Returns a topic as MSK describes it outside the VPC, with a delay of a minute; undefined if there is none. Its settings are
 * those of the topic, and the defaults of the brokers if MSK includes them. Only for provisioned clusters, from Kafka 3.6:
 * https://docs.aws.amazon.com/msk/latest/developerguide/msk-view-topic-information.html
 */
export async function readTopic(
  arn: string,
  topic: string,
  region: string,
): Promise<TopicDescription | undefined> {
  try {
    const answer = await new KafkaClient({ region }).send(
      new DescribeTopicCommand({ ClusterArn: arn, TopicName: topic }),
    );
    return {
      topic,
      partitions: answer.PartitionCount ?? 0,
      replication: answer.ReplicationFactor ?? 0,
      settings: decodeConfigs(answer.Configs ?? ''),
    };
  } catch (error) {
    if (isNotFound(error)) {
      return undefined;
    }
    throw error;
  }
}

const isNotFound = (error: unknown): boolean => Error.isError(error) && error.name === 'NotFoundException';

const topicConfigs = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String));

/**
 * Decodes the settings of a topic from base64. AWS does not document the format. Its example has lines of `name=value`
 * (https://docs.aws.amazon.com/msk/latest/developerguide/describe-topic-cli.html). Terraform's provider, which is tested
 * against AWS, reads JSON (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/kafka/topic.go).
 * @throws OrderlyError if it is neither.
 */
export function decodeConfigs(base64: string): Record<string, string> {
  const text = Buffer.from(base64, 'base64').toString().trim();
  try {
    return topicConfigs.parse(text.startsWith('{') ? JSON.parse(text) : parseLines(text));
  } catch (cause) {
    throw new OrderlyError(
      'deployment',
      `MSK returned the settings of a topic in an unknown format, neither JSON nor lines of name=value: ${text}`,
      { cause },
    );
  }
}

const parseLines = (text: string): Record<string, string | undefined> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => {
        const [, name = line, value] = /^([^=]+)=(.*)$/.exec(line.trim()) ?? [];
        return [name.trim(), value?.trim()];
      }),
  );
