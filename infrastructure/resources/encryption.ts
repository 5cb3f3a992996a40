import type { TemplatePart, Variables } from '../../deployment/stack/framework.ts';
import { logGroups, readStage } from './stage.ts';

/** One key encrypts topics, database, its secret and logs. Without it, snapshots and retained topics are unreadable. */
export async function encryption(variables: Variables): Promise<TemplatePart> {
  const stage = await readStage(variables);
  return {
    Resources: {
      DataKey: {
        Type: 'AWS::KMS::Key',
        ...stage.keep('Retain'),
        Properties: {
          Description: `Orderly ${stage.name}, data at rest`,
          EnableKeyRotation: true,
          KeyPolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'IAM policies of the account decide',
                Effect: 'Allow',
                Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${AWS::AccountId}:root' } },
                Action: 'kms:*',
                Resource: '*',
              },
              {
                Sid: 'CloudWatch Logs writes log groups of this stack',
                Effect: 'Allow',
                Principal: { Service: { 'Fn::Sub': 'logs.${AWS::Region}.amazonaws.com' } },
                // With the wildcards of AWS' example: CloudWatch tests the key when a log group is created, with undocumented calls.
                // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
                Action: [
                  'kms:Encrypt*',
                  'kms:Decrypt*',
                  'kms:ReEncrypt*',
                  'kms:GenerateDataKey*',
                  'kms:Describe*',
                ],
                Resource: '*',
                Condition: {
                  ArnLike: {
                    'kms:EncryptionContext:aws:logs:arn': Object.values(logGroups(stage)).map((name) => ({
                      'Fn::Sub': `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:${name}`,
                    })),
                  },
                },
              },
            ],
          },
        },
      },
      DataKeyAlias: {
        Type: 'AWS::KMS::Alias',
        Properties: { AliasName: `alias/orderly-${stage.name}`, TargetKeyId: { Ref: 'DataKey' } },
      },
    },
  };
}
