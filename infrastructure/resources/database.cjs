const { alarmsOf } = require('./alarm.cjs');
const { logGroups } = require('./log-groups.cjs');
const { readStage } = require('./stage.cjs');

/** The port that the security groups open, and the only port of the proxy. */
const POSTGRES_PORT = 5432;

/**
 * Aurora PostgreSQL Serverless v2 behind RDS Proxy. The functions log in at the proxy by IAM, and the proxy at the
 * database by IAM again, so that no password of theirs exists; the administrator's is kept and rotated by RDS.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy-iam-setup.html
 */
module.exports = async (variables) => {
  const read = await readStage(variables);
  const { stage, parameter, isTest, isProtected, zones, keep } = read;
  const alarm = await alarmsOf(read);
  const subnets = Array.from({ length: zones }, (_, index) => ({ Ref: `PrivateSubnet${index + 1}` }));
  const key = { 'Fn::GetAtt': ['DataKey', 'Arn'] };
  const logGroup = (LogGroupName) => ({
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName, RetentionInDays: 30, KmsKeyId: key },
  });
  const instance = {
    Type: 'AWS::RDS::DBInstance',
    // holds no data: Aurora's is the cluster's, and a cluster that still has instances cannot be deleted
    DeletionPolicy: 'Delete',
    UpdateReplacePolicy: 'Delete',
    Properties: {
      DBClusterIdentifier: { Ref: 'Database' },
      DBInstanceClass: 'db.serverless',
      Engine: 'aurora-postgresql',
      // or Aurora takes it off the version with long-term support, to one that must be left sooner:
      // https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.VersionPolicy.Support.html
      AutoMinorVersionUpgrade: isTest,
      EnablePerformanceInsights: true, // the properties still call Database Insights so
      PerformanceInsightsKMSKeyId: key,
      PromotionTier: 1, // a standby of this tier grows with the writer, so that it can take over under load
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
          DBClusterIdentifier: `orderly-${stage}`,
          Engine: 'aurora-postgresql',
          EngineVersion: await parameter('databaseVersion'),
          DatabaseName: 'orderly',
          // CloudFormation's handler sends 3306 for any engine when the template names no port:
          // https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/281
          Port: POSTGRES_PORT,
          MasterUsername: 'orderly_admin',
          ManageMasterUserPassword: true,
          MasterUserSecret: { KmsKeyId: key },
          EnableIAMDatabaseAuthentication: true,
          ServerlessV2ScalingConfiguration: {
            MinCapacity: isTest ? 0.5 : Number(await parameter('databaseMinimumCapacity')),
            MaxCapacity: Number(await parameter('databaseMaximumCapacity')),
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
        AlarmDescription: 'The database is at databaseMaximumCapacity and cannot grow any more.',
        Namespace: 'AWS/RDS',
        MetricName: 'ACUUtilization',
        Dimensions: [{ Name: 'DBClusterIdentifier', Value: { Ref: 'Database' } }],
        Statistic: 'Maximum', // of the instances, of which each may grow to the maximum
        Period: 300,
        EvaluationPeriods: 3,
        Threshold: 95,
      }),
      ...proxyAlarms(alarm, `orderly-${stage}`),
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
          DBProxyName: `orderly-${stage}`,
          EngineFamily: 'POSTGRESQL',
          DefaultAuthScheme: 'IAM_AUTH',
          RequireTLS: true,
          IdleClientTimeout: 600, // longer than a function keeps a connection that it does not use
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
            ConnectionBorrowTimeout: 2, // seconds; a function gives up after as many
          },
        },
      },
    },
  };
};

/** https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-proxy.monitoring.html */
function proxyAlarms(alarm, proxyName) {
  const metric = (MetricName) => ({
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
