import { topics } from '../../lib/kafka/topics/topics.ts';
import { readParameter, readStageName, type TemplatePart, type Variables } from './framework.ts';
import { allow, decryptSecrets, inCluster, type RoleOwner, readSecret, role } from './role.ts';

/** Returns the roles of the functions of serverless.setup.yml. */
export async function setupRoles(variables: Variables): Promise<TemplatePart> {
  const stage = await readStageName(variables);
  const boundary = await readParameter(variables, 'permissionsBoundaryArn');
  const owner = (name: string): RoleOwner => ({
    functionName: `orderly-setup-${stage}-${name}`,
    boundary,
    isInVpc: true,
  });
  const clusterArn = await readParameter(variables, 'kafkaClusterArn');
  const prefix = await readParameter(variables, 'kafkaPrefix');
  const keyArn = await readParameter(variables, 'secretKeyArn');
  const registrySecretArn = await readParameter(variables, 'schemaRegistrySecretArn');
  const secretArns = [
    await readParameter(variables, 'migrationSecretArn'),
    await readParameter(variables, 'databaseSecretArn'),
  ];

  return {
    Resources: {
      CreateTopicsRole: role(owner('createTopics'), [
        allow(['kafka-cluster:Connect'], clusterArn),
        allow(
          [
            'kafka-cluster:CreateTopic',
            'kafka-cluster:DescribeTopic',
            'kafka-cluster:DescribeTopicDynamicConfiguration',
          ],
          inCluster(
            clusterArn,
            'topic',
            Object.keys(topics).map((topic) => prefix + topic),
          ),
        ),
      ]),
      MigrateRole: role(owner('migrate'), [
        allow(
          ['secretsmanager:GetSecretValue'],
          secretArns.filter((arn) => arn !== ''),
        ),
        ...decryptSecrets(keyArn),
      ]),
      RegisterSchemasRole: role(owner('registerSchemas'), readSecret(registrySecretArn, keyArn)),
    },
  };
}
