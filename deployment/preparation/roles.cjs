const { topics } = require('../../lib/kafka/topics/topics.ts');
const { allow, decryptSecrets, inCluster, role } = require('../stack/role.cjs');

/**
 * The roles of serverless.setup.yml: what the code of its two functions uses, and no more. A file, because the ARNs
 * of topics are made of the cluster's and of a prefix that varies by stage.
 */
module.exports = async ({ resolveVariable }) => {
  const parameter = (name) => resolveVariable(`param:${name}, ''`);
  const stage = await resolveVariable('sls:stage');
  const boundary = await parameter('permissionsBoundaryArn');
  const inVpc = (name) => ({ functionName: `orderly-setup-${stage}-${name}`, boundary, isInVpc: true });
  const clusterArn = await parameter('kafkaClusterArn');
  const prefix = await parameter('kafkaPrefix');
  const keyArn = await parameter('secretKeyArn');
  const secretArns = [await parameter('migrationSecretArn'), await parameter('databaseSecretArn')];

  return {
    Resources: {
      CreateTopicsRole: role(inVpc('createTopics'), [
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
      MigrateRole: role(inVpc('migrate'), [
        allow(
          ['secretsmanager:GetSecretValue'],
          secretArns.filter((arn) => arn !== ''),
        ),
        ...decryptSecrets(keyArn),
      ]),
    },
  };
};
