import { tracesToCloudWatch } from './derived-settings.ts';
import {
  capitalized,
  readFunctions,
  readParameter,
  readStageName,
  type TemplatePart,
  type Variables,
} from './framework.ts';
import { type Grant, settingsOf } from './functions.ts';
import { allow, inCluster, readSecret, role, type Statement } from './role.ts';

/**
 * Returns the role of each function of serverless.yml: `CreateOrderRole` for `createOrder`. Computed for each stage, because
 * the ARNs of topics contain the cluster and a prefix that depend on the stage.
 */
export async function roles(variables: Variables): Promise<TemplatePart> {
  const stage = await readStageName(variables);
  const boundary = await readParameter(variables, 'permissionsBoundaryArn');
  const functions = await readFunctions(variables);
  const statements = await statementsOf(variables);
  const all = Object.entries(settingsOf(Object.keys(functions))).map(([name, { grants }]) => [
    roleName(name),
    role(
      { functionName: `orderly-${stage}-${name}`, boundary, isInVpc: functions[name]?.vpc !== false },
      grants.flatMap(statements),
    ),
  ]);
  return { Resources: Object.fromEntries(all) };
}

/** The logical id of a function's role. */
export const roleName = (functionName: string): string => `${capitalized(functionName)}Role`;

/** Returns a function that translates a grant into statements, for the servers of the stage. */
async function statementsOf(variables: Variables): Promise<(grant: Grant) => Statement[]> {
  const keyArn = await readParameter(variables, 'secretKeyArn');
  const kafka = kafkaStatements(
    await readParameter(variables, 'kafkaClusterArn'),
    await readParameter(variables, 'kafkaPrefix'),
  );
  const database = databaseStatements({
    url: await readParameter(variables, 'databaseUrl'),
    resourceId: await readParameter(variables, 'databaseResourceId'),
    secretArn: await readParameter(variables, 'databaseSecretArn'),
    keyArn,
  });
  const signing = readSecret(await readParameter(variables, 'fulfilmentSecretArn'), keyArn);
  const tracing = (await tracesToCloudWatch(variables)) ? sendSpans : [];
  const registry = readSecret(await readParameter(variables, 'schemaRegistrySecretArn'), keyArn);
  return (grant) => {
    switch (grant.to) {
      case 'log in to the database':
        return database;
      case 'sign calls':
        return signing;
      case 'send spans':
        return tracing;
      case 'produce': // a producer looks up the ids of schemas
        return [...kafka(grant), ...registry];
      default:
        return kafka(grant);
    }
  };
}

type KafkaGrant = Exclude<Grant, { readonly to: 'log in to the database' | 'sign calls' | 'send spans' }>;

/**
 * Permits sending spans to CloudWatch, which stores all spans and indexes some. AWS defines no resource for these actions:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
 */
const sendSpans: Statement[] = [allow(['xray:PutSpans', 'xray:PutSpansForIndexing'], '*')];

/** https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html */
function kafkaStatements(clusterArn: string, prefix: string): (grant: KafkaGrant) => Statement[] {
  const topicArns = (topics: readonly string[]): string[] =>
    inCluster(
      clusterArn,
      'topic',
      topics.map((topic) => prefix + topic),
    );
  const groupArns = (group: string): string[] => inCluster(clusterArn, 'group', [prefix + group]);
  const connect = allow(['kafka-cluster:Connect'], clusterArn);
  return (grant) => {
    switch (grant.to) {
      case 'describe':
        return [connect, allow(['kafka-cluster:DescribeTopic'], topicArns(grant.topics))];
      case 'produce':
        return [
          connect,
          allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:WriteData'], topicArns(grant.topics)),
        ];
      case 'inspect':
        return [
          connect,
          allow(['kafka-cluster:DescribeTopic'], topicArns([grant.consumer.topic])),
          allow(['kafka-cluster:DescribeGroup'], groupArns(grant.consumer.group)),
        ];
      // Lambda reads with the function's role: https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
      case 'consume':
        return [
          // The poller reads the cluster's settings too: https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html
          allow(['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], clusterArn),
          allow(['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], topicArns([grant.consumer.topic])),
          allow(['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], groupArns(grant.consumer.group)),
          allow(['kafka:DescribeClusterV2'], clusterArn),
          // AWS names no resource type for this action, so a policy on the cluster's ARN may have no effect:
          // https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonmanagedstreamingforapachekafka.html
          allow(['kafka:GetBootstrapBrokers'], '*'),
          allow(['ec2:DescribeSecurityGroups', 'ec2:DescribeVpcs'], '*'), // AWS has no narrower resource
        ];
    }
  };
}

interface DatabaseLogin {
  readonly url: string;
  readonly resourceId: string;
  readonly secretArn: string;
  readonly keyArn: string;
}

/** Logs in by IAM as the user of the URL, or with a secret. */
function databaseStatements({ url, resourceId, secretArn, keyArn }: DatabaseLogin): Statement[] {
  if (secretArn !== '') {
    return readSecret(secretArn, keyArn);
  }
  const user = /^postgres(?:ql)?:\/\/([^:@/]+)@/.exec(url)?.[1] ?? '';
  // https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.IAMPolicy.html
  const dbUser = `arn:\${AWS::Partition}:rds-db:\${AWS::Region}:\${AWS::AccountId}:dbuser:${resourceId}/${user}`;
  return [allow(['rds-db:connect'], { 'Fn::Sub': dbUser })];
}
