const { readStage } = require('./stage.cjs');

/**
 * Amazon MSK Serverless: no brokers to size, three copies and two that must acknowledge by AWS' own settings. It has no
 * topics as resources: `npm run deploy` makes them.
 */
module.exports = async (variables) => {
  const { stage, zones, keep } = await readStage(variables);
  return {
    Resources: {
      Kafka: {
        Type: 'AWS::MSK::ServerlessCluster',
        ...keep('Retain'),
        Properties: {
          ClusterName: `orderly-${stage}`,
          ClientAuthentication: { Sasl: { Iam: { Enabled: true } } },
          VpcConfigs: [
            {
              SubnetIds: Array.from({ length: zones }, (_, index) => ({ Ref: `PrivateSubnet${index + 1}` })),
              SecurityGroups: [{ 'Fn::GetAtt': ['KafkaSecurityGroup', 'GroupId'] }],
            },
          ],
        },
      },
    },
  };
};
