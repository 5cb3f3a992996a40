import {
  DescribeClusterV2Command,
  DescribeTopicCommand,
  GetBootstrapBrokersCommand,
  KafkaClient,
} from '@aws-sdk/client-kafka';
import * as z from 'zod';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { TopicDescription } from '../../lib/kafka/topics/topic-description.ts';
import { isRefusal } from './rejected-request.ts';

export type KafkaAuth = 'iam' | 'none';

/** The listeners of a cluster by how their clients prove who they are, in the words of GetBootstrapBrokers. */
const listeners = {
  iam: { name: 'IAM', key: 'BootstrapBrokerStringSaslIam' },
  none: { name: 'unauthenticated plaintext', key: 'BootstrapBrokerString' },
} as const;

/** @throws OrderlyError when the cluster is not there or does not work now. */
export async function assertClusterActive(arn: string, region: string): Promise<void> {
  const { ClusterInfo } = await new KafkaClient({ region }).send(
    new DescribeClusterV2Command({ ClusterArn: arn }),
  );
  const state = ClusterInfo?.State ?? 'unknown';
  // a cluster that is being changed, patched or mended serves its clients meanwhile
  if (!['ACTIVE', 'UPDATING', 'MAINTENANCE', 'HEALING', 'REBOOTING_BROKER'].includes(state)) {
    throw new OrderlyError('deployment', `The cluster ${arn} is ${state}: wait until it is ACTIVE.`);
  }
}

/** The security groups of a cluster's brokers, and of the event source mappings that read from it; none when it is gone. */
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
      throw isRefusal(cause)
        ? new OrderlyError(
            'deployment',
            `The cluster does not tell its brokers (${cause.name}): allow kafka:GetBootstrapBrokers, or give them with --param kafkaBrokers=….`,
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
 * A topic as MSK tells it from outside the VPC, a minute late; undefined when there is none. Its settings are those set
 * on the topic, and the brokers' defaults as far as MSK adds them. Provisioned clusters only, from Kafka 3.6 on:
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
 * A topic's settings, which are in base64. What is in there AWS does not say: its example has lines of `name=value`
 * (https://docs.aws.amazon.com/msk/latest/developerguide/describe-topic-cli.html), and Terraform's provider, tested against
 * AWS, finds a JSON object (https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/kafka/topic.go).
 * @throws OrderlyError when it is neither.
 */
export function decodeConfigs(base64: string): Record<string, string> {
  const text = Buffer.from(base64, 'base64').toString().trim();
  try {
    return topicConfigs.parse(text.startsWith('{') ? JSON.parse(text) : parseLines(text));
  } catch (cause) {
    throw new OrderlyError(
      'deployment',
      `MSK tells the settings of a topic in a form that is not known here, neither JSON nor lines of name=value: ${text}`,
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
