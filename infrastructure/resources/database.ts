import type { Resource, Resources, TemplatePart, Variables } from '../../deployment/stack/framework.ts';
import { type Alarm, alarmOf } from './alarms.ts';
import { logGroups, privateSubnets, readStage } from './stage.ts';

/** The security groups open this port. The proxy has no other. */
const POSTGRES_PORT = 5432;

/**
 * Aurora PostgreSQL Serverless v2 behind RDS Proxy. The functions log in to the proxy by IAM, and the proxy logs in to the
 * database by IAM, so neither has a password. RDS keeps and rotates the administrator's password.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-iam-setup.html
 */
export async function database(variables: Variables): Promise<TemplatePart> {
  const stage = await readStage(variables);
  const { settings, isProtected, keep } = stage;
  const isTest = settings.test;
  const alarm = alarmOf(stage);
  const subnets = privateSubnets(stage);
  const key = { 'Fn::GetAtt': ['DataKey', 'Arn'] };
  const logGroup = (LogGroupName: string): Resource => ({
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName, RetentionInDays: 30, KmsKeyId: key },
  });
  const instance: Resource = {
    Type: 'AWS::RDS::DBInstance',
    // An instance holds no data: the cluster does. A cluster with instances cannot be deleted
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    Properties: {
      DBClusterIdentifier: { Ref: 'Database' },
      DBInstanceClass: 'db.serverless',
      Engine: 'aurora-postgresql',
      // Otherwise Aurora upgrades from the version with long-term support to one with a shorter life:
      // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.VersionPolicy.Support.html
      AutoMinorVersionUpgrade: isTest,
      EnablePerformanceInsights: true, // the name of Database Insights in CloudFormation
      PerformanceInsightsKMSKeyId: key,
      PromotionTier: 1, // a standby of this tier scales with the writer, so it can take over under load
      PubliclyAccessible: false,
    },
  };
  return {
    Resources: {
      DatabaseSubnets: {
        Type: 'AWS::RDS::DBSubnetGroup',
        Properties: { DBSubnetGroupDescription: 'Private subnets of Orderly', SubnetIds: subnets },
      },
      DatabaseParameters: {
        Type: 'AWS::RDS::DBClusterParameterGroup',
        Properties: {
          Description: 'TLS only, and slow statements are logged',
          Family: 'aurora-postgresql17',
          Parameters: { 'rds.force_ssl': '1', log_min_duration_statement: '1000', log_statement: 'ddl' },
        },
      },
      DatabaseLogGroup: logGroup(logGroups(stage).database),
      ProxyLogGroup: logGroup(logGroups(stage).proxy),
      Database: {
        Type: 'AWS::RDS::DBCluster',
        DependsOn: 'DatabaseLogGroup',
        ...keep('Snapshot'),
        Properties: {
          DBClusterIdentifier: `orderly-${stage.name}`,
          Engine: 'aurora-postgresql',
          EngineVersion: settings.databaseVersion,
          DatabaseName: 'orderly',
          // CloudFormation's handler sends 3306 for any engine when the template names no port:
          // https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/281
          Port: POSTGRES_PORT,
          MasterUsername: 'orderly_admin',
          ManageMasterUserPassword: true,
          MasterUserSecret: { KmsKeyId: key },
          EnableIAMDatabaseAuthentication: true,
          ServerlessV2ScalingConfiguration: {
            MinCapacity: isTest ? 0.5 : settings.databaseMinimumCapacity,
            MaxCapacity: settings.databaseMaximumCapacity,
          },
          DBClusterParameterGroupName: { Ref: 'DatabaseParameters' },
          DBSubnetGroupName: { Ref: 'DatabaseSubnets' },
          VpcSecurityGroupIds: [{ 'Fn::GetAtt': ['DatabaseSecurityGroup', 'GroupId'] }],
          StorageEncrypted: true,
          KmsKeyId: key,
          BackupRetentionPeriod: isTest ? 1 : 14,
          CopyTagsToSnapshot: true,
          DeletionProtection: isProtected,
          EnableCloudwatchLogsExports: ['postgresql'],
        },
      },
      DatabaseWriter: instance,
      ...(!isTest && { DatabaseStandby: { ...instance, DependsOn: 'DatabaseWriter' } }), // a failover takes seconds
      DatabaseCapacityAlarm: alarm('DatabaseCapacity', {
        AlarmDescription: 'The database has reached databaseMaximumCapacity and cannot grow further.',
        Namespace: 'AWS/RDS',
        MetricName: 'ACUUtilization',
        Dimensions: [{ Name: 'DBClusterIdentifier', Value: { Ref: 'Database' } }],
        Statistic: 'Maximum', // of the instances: each may grow to the maximum
        Period: 300,
        EvaluationPeriods: 3,
        Threshold: 95,
      }),
      ...proxyAlarms(alarm, `orderly-${stage.name}`),
      ProxyRole: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Principal: { Service: 'rds.amazonaws.com' }, Action: 'sts:AssumeRole' },
            ],
          },
          Policies: [
            {
              PolicyName: 'log-in',
              PolicyDocument: {
                Version: '2012-10-17',
                Statement: [
                  {
                    Effect: 'Allow',
                    Action: ['rds-db:connect'],
                    Resource: {
                      'Fn::Sub':
                        'arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:${Database.DBClusterResourceId}/orderly_app',
                    },
                  },
                ],
              },
            },
          ],
        },
      },
      Proxy: {
        Type: 'AWS::RDS::DBProxy',
        DependsOn: 'ProxyLogGroup',
        Properties: {
          DBProxyName: `orderly-${stage.name}`,
          EngineFamily: 'POSTGRESQL',
          DefaultAuthScheme: 'IAM_AUTH',
          RequireTLS: true,
          IdleClientTimeout: 600, // longer than a function keeps an idle connection
          RoleArn: { 'Fn::GetAtt': ['ProxyRole', 'Arn'] },
          VpcSubnetIds: subnets,
          VpcSecurityGroupIds: [{ 'Fn::GetAtt': ['ProxySecurityGroup', 'GroupId'] }],
        },
      },
      ProxyTarget: {
        Type: 'AWS::RDS::DBProxyTargetGroup',
        DependsOn: 'DatabaseWriter',
        Properties: {
          DBProxyName: { Ref: 'Proxy' },
          TargetGroupName: 'default',
          DBClusterIdentifiers: [{ Ref: 'Database' }],
          ConnectionPoolConfigurationInfo: {
            MaxConnectionsPercent: 80, // the rest is for migrations and people
            ConnectionBorrowTimeout: 2, // seconds, after which a function times out too
          },
        },
      },
    },
  };
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.monitoring.html */
function proxyAlarms(alarm: Alarm, proxyName: string): Resources {
  const metric = (MetricName: string) => ({
    Namespace: 'AWS/RDS',
    MetricName,
    Dimensions: [{ Name: 'ProxyName', Value: proxyName }],
    Period: 60,
    EvaluationPeriods: 5,
    DatapointsToAlarm: 3,
  });
  return {
    // A service with its own rate limit checks each IAM log-in. A burst of cold starts can exceed the limit
    ProxyLogInsAlarm: alarm('ProxyLogIns', {
      AlarmDescription: 'The proxy rejects log-ins of functions.',
      ...metric('ClientConnectionsSetupFailedAuth'),
      Statistic: 'Sum',
      Threshold: 0,
    }),
    ProxyConnectionsAlarm: alarm('ProxyConnections', {
      AlarmDescription: 'The proxy cannot connect to the database.',
      ...metric('DatabaseConnectionsSetupFailed'),
      Statistic: 'Sum',
      Threshold: 0,
    }),
    // A pinned connection belongs to one client until it disconnects: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-pinning.html
    ProxyPinnedAlarm: alarm('ProxyPinned', {
      AlarmDescription: 'The proxy shares fewer connections, because statements pin them to one client.',
      ...metric('DatabaseConnectionsCurrentlySessionPinned'),
      Statistic: 'Maximum',
      Threshold: 5,
    }),
  };
}
