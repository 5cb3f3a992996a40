import type { TemplatePart, Variables } from '../../deployment/stack/framework.ts';
import { provisionedKafka } from './kafka-provisioned.ts';
import { privateSubnets, readStage, type Stage } from './stage.ts';

/** Returns the cluster that the parameter `kafka` selects. */
export async function kafka(variables: Variables): Promise<TemplatePart> {
  const stage = await readStage(variables);
  return stage.settings.kafka === 'serverless' ? serverlessKafka(stage) : provisionedKafka(stage);
}

/**
 * Amazon MSK Serverless: no brokers to size. AWS fixes three replicas, of which two must acknowledge. CloudFormation cannot
 * create its topics, so `npm run deploy` does.
 */
const serverlessKafka = (stage: Stage): TemplatePart => ({
  Resources: {
    Kafka: {
      Type: 'AWS::MSK::ServerlessCluster',
      ...stage.keep('Retain'),
      Properties: {
        ClusterName: `orderly-${stage.name}`,
        ClientAuthentication: { Sasl: { Iam: { Enabled: true } } },
        VpcConfigs: [
          {
            SubnetIds: privateSubnets(stage),
            SecurityGroups: [{ 'Fn::GetAtt': ['KafkaSecurityGroup', 'GroupId'] }],
          },
        ],
      },
    },
  },
});
