import { kafkajs } from '../../../lib/kafka/kafkajs/patched-kafkajs.ts';
import { openAdmin } from '../kafka.ts';
import { until } from '../until.ts';
import type { IamBroker } from './iam-broker.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

/**
 * Maps an IAM action of MSK to a Kafka operation. `Connect` has none, because Kafka has no permission to authenticate.
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

/** Gives an access key id exactly the permissions of a role as ACLs. Each grant is an action and an ARN. */
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
    await admin.createAcls({ acl }); // kafkajs rejects an empty list
  }
  await until('the broker has applied the permissions', async () => {
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
 * Returns the grants that Kafka distinguishes. In Kafka, permission to read or write implies describe, but MSK requires
 * both. https://kafka.apache.org/documentation/#operations_in_kafka
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
