import { kafkajs } from '../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { openAdmin } from '../kafka.ts';
import { until } from '../until.ts';
import type { IamBroker } from './iam-broker.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/**
 * What an action of MSK's IAM is in Kafka's own permissions; `Connect` is logging in, of which Kafka has none.
 * https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html
 */
const operations: Readonly<Record<string, kafkajs.AclOperationTypes>> = {
  'kafka-cluster:AlterGroup': AclOperationTypes.READ,
  'kafka-cluster:CreateTopic': AclOperationTypes.CREATE,
  'kafka-cluster:DescribeGroup': AclOperationTypes.DESCRIBE,
  'kafka-cluster:DescribeTopic': AclOperationTypes.DESCRIBE,
  'kafka-cluster:DescribeTopicDynamicConfiguration': AclOperationTypes.DESCRIBE_CONFIGS,
  'kafka-cluster:ReadData': AclOperationTypes.READ,
  'kafka-cluster:WriteData': AclOperationTypes.WRITE,
};

/** Lets an access key id do in Kafka what a role allows, and nothing else. `grants` are lines of an action and an ARN. */
export async function permit(
  { open }: IamBroker,
  accessKeyId: string,
  grants: readonly string[],
): Promise<void> {
  const principal = `User:${accessKeyId}`;
  const ofPrincipal = {
    principal,
    resourceType: AclResourceTypes.ANY,
    resourcePatternType: ResourcePatternTypes.ANY,
    operation: AclOperationTypes.ANY,
    permissionType: AclPermissionTypes.ANY,
  };
  const acl = grants.flatMap((grant) => toAcl(grant, principal));
  await using admin = await openAdmin([open]);
  await admin.deleteAcls({ filters: [ofPrincipal] });
  if (acl.length > 0) {
    await admin.createAcls({ acl }); // kafkajs refuses to make none
  }
  await until('the broker knows of its permissions', async () => {
    const { resources } = await admin.describeAcls(ofPrincipal);
    return resources.flatMap(({ acls }) => acls).length === acl.length;
  });
}

function toAcl(grant: string, principal: string): kafkajs.AclEntry[] {
  const [action = '', arn = ''] = grant.split(' ');
  const operation = operations[action];
  if (operation === undefined) {
    return [];
  }
  const [, , , , , resource = ''] = arn.split(':');
  const [kind, , , resourceName = ''] = resource.split('/');
  return [
    {
      principal,
      host: '*',
      operation,
      permissionType: AclPermissionTypes.ALLOW,
      resourceType: kind === 'group' ? AclResourceTypes.GROUP : AclResourceTypes.TOPIC,
      resourceName,
      resourcePatternType: ResourcePatternTypes.LITERAL,
    },
  ];
}

/**
 * The grants that Kafka tells apart: whoever may read or write there may describe too, by Kafka's rules, although MSK
 * wants both to be said. https://kafka.apache.org/documentation/#operations_in_kafka
 */
export function distinguished(grants: readonly string[]): readonly string[] {
  const implied = new Map([
    ['kafka-cluster:DescribeTopic', ['kafka-cluster:ReadData', 'kafka-cluster:WriteData']],
    ['kafka-cluster:DescribeGroup', ['kafka-cluster:AlterGroup']],
  ]);
  return grants.filter((grant) => {
    const [action = '', arn] = grant.split(' ');
    const isImplied = implied.get(action)?.some((other) => grants.includes(`${other} ${arn}`));
    return action in operations && !isImplied;
  });
}
