import type { Resources } from '../support/service-copy.ts';

export type Properties = Record<string, unknown>;

/** Returns a line for each fault in the infrastructure of a stage that keeps its data. */
export type Rule = (resources: Resources) => string[];

const ofType = (resources: Resources, type: string): [string, Properties][] =>
  Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
    Type === type ? [[id, Properties]] : [],
  );

/** Returns the properties of the first resource of a type. */
export const first = (resources: Resources, type: string): Properties =>
  ofType(resources, type)[0]?.[1] ?? {};

const wrong = (resources: [string, Properties][], isWrong: (properties: Properties) => boolean): string[] =>
  resources.flatMap(([id, properties]) => (isWrong(properties) ? [id] : []));

/** Resource types that hold the only copy of data. */
const holdData: ReadonlySet<string> = new Set([
  'AWS::MSK::Cluster',
  'AWS::MSK::ServerlessCluster',
  'AWS::MSK::Topic',
  'AWS::RDS::DBCluster',
  'AWS::KMS::Key',
]);

const serverProperties = (resources: Resources): string =>
  ofType(resources, 'AWS::MSK::Configuration')
    .map(([, { ServerProperties }]) => String(ServerProperties))
    .join();

const setting = (resources: Resources, name: string): string | undefined =>
  new RegExp(`^${name.replaceAll('.', '\\.')}=(.*)$`, 'm').exec(serverProperties(resources))?.[1];

const brokers = (resources: Resources): number =>
  Number(ofType(resources, 'AWS::MSK::Cluster')[0]?.[1].NumberOfBrokerNodes);

/** Security group rules in either direction: separate resources, and rules inside a group. */
function securityRules(resources: Resources, direction: 'Ingress' | 'Egress'): [string, Properties][] {
  const key = `SecurityGroup${direction}`;
  const written = ofType(resources, 'AWS::EC2::SecurityGroup').flatMap(([id, { [key]: inGroup }]) =>
    (Array.isArray(inGroup) ? inGroup : []).map((rule): [string, Properties] => [id, Object(rule)]),
  );
  return [...ofType(resources, `AWS::EC2::${key}`), ...written];
}

/** Texts of Fn::Sub in the resources that the policy of the key lets CloudWatch encrypt. */
function encryptedLogs(resources: Resources): string[] {
  const { KeyPolicy } = first(resources, 'AWS::KMS::Key');
  return Object(KeyPolicy)
    .Statement.flatMap(
      ({ Condition }: Properties) => Object(Condition).ArnLike?.['kms:EncryptionContext:aws:logs:arn'] ?? [],
    )
    .map((arn: unknown) => textOf(arn).replace(/^.*:log-group:/, ''));
}

/**
 * The calls that CloudWatch Logs may make, with AWS' wildcards:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
const OF_LOGS = '["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"]';

const textOf = (value: unknown): string => String(Object(value)['Fn::Sub'] ?? value);

export const rules: Readonly<Record<string, Rule>> = {
  'data that is deleted with the stack': (resources) =>
    Object.entries(resources).flatMap(([id, { Type, DeletionPolicy, UpdateReplacePolicy }]) =>
      holdData.has(Type) &&
      [DeletionPolicy, UpdateReplacePolicy].some((policy) => policy === undefined || policy === 'Delete')
        ? [id]
        : [],
    ),
  'a database without deletion protection': (resources) =>
    wrong(ofType(resources, 'AWS::RDS::DBCluster'), ({ DeletionProtection }) => DeletionProtection !== true),
  'backups of less than a week': (resources) =>
    wrong(
      ofType(resources, 'AWS::RDS::DBCluster'),
      ({ BackupRetentionPeriod }) => Number(BackupRetentionPeriod) < 7,
    ),
  'a leader that may have lost records': (resources) =>
    setting(resources, 'unclean.leader.election.enable') === 'false' ? [] : ['KafkaConfiguration'],
  'an acknowledgement by fewer than two brokers': (resources) =>
    Number(setting(resources, 'min.insync.replicas')) >= 2 ? [] : ['KafkaConfiguration'],
  'a topic that is lost with one zone': (resources) =>
    wrong(
      ofType(resources, 'AWS::MSK::Topic'),
      ({ ReplicationFactor }) =>
        Number(ReplicationFactor) < 3 || Number(ReplicationFactor) > brokers(resources),
    ),
  'topics that a client creates by a typing mistake': (resources) =>
    setting(resources, 'auto.create.topics.enable') === 'false' ? [] : ['KafkaConfiguration'],
  'brokers that accept clients without IAM or TLS': (resources) =>
    wrong(ofType(resources, 'AWS::MSK::Cluster'), ({ ClientAuthentication, EncryptionInfo }) => {
      const { Sasl, Unauthenticated } = Object(ClientAuthentication);
      const { ClientBroker } = Object(Object(EncryptionInfo).EncryptionInTransit);
      return Sasl?.Iam?.Enabled !== true || Unauthenticated?.Enabled !== false || ClientBroker !== 'TLS';
    }),
  'incoming traffic from the internet': (resources) =>
    wrong(
      securityRules(resources, 'Ingress'),
      ({ SourceSecurityGroupId }) => SourceSecurityGroupId === undefined,
    ),
  'outgoing traffic other than HTTPS': (resources) =>
    wrong(
      securityRules(resources, 'Egress'),
      ({ CidrIp, CidrIpv6, FromPort, ToPort }) =>
        (CidrIp === '0.0.0.0/0' || CidrIpv6 === '::/0') && !(FromPort === 443 && ToPort === 443),
    ),
  'a rule without a reason': (resources) =>
    wrong(
      [...securityRules(resources, 'Ingress'), ...securityRules(resources, 'Egress')],
      ({ Description }) => !Description,
    ),
  'a log that the key does not encrypt, or a key for other logs': (resources) => {
    const encrypted = encryptedLogs(resources);
    const groups = ofType(resources, 'AWS::Logs::LogGroup').map(([, { LogGroupName }]) =>
      textOf(LogGroupName),
    );
    return [
      ...(JSON.stringify(first(resources, 'AWS::KMS::Key').KeyPolicy).includes(OF_LOGS) ? [] : ['DataKey']),
      ...groups.filter((group) => !encrypted.includes(group)),
      ...encrypted.filter((group) => !groups.includes(group)),
    ];
  },
  'a role for the flow logs of other accounts': (resources) =>
    wrong(ofType(resources, 'AWS::IAM::Role'), ({ AssumeRolePolicyDocument }) =>
      Object(AssumeRolePolicyDocument).Statement.some(
        ({ Principal, Condition }: Properties) =>
          Object(Principal).Service === 'vpc-flow-logs.amazonaws.com' &&
          Object(Condition).StringEquals?.['aws:SourceAccount']?.Ref !== 'AWS::AccountId',
      ),
    ),
  'a broker version that requires ZooKeeper': (resources) =>
    wrong(ofType(resources, 'AWS::MSK::Cluster'), ({ BrokerNodeGroupInfo }) =>
      Object(BrokerNodeGroupInfo).InstanceType.startsWith('kafka.t3.'),
    ),
  'metrics that are billed by broker': (resources) =>
    wrong(
      ofType(resources, 'AWS::MSK::Cluster'),
      ({ EnhancedMonitoring = 'DEFAULT' }) => EnhancedMonitoring !== 'DEFAULT',
    ),
  'a database that leaves the version with long-term support by itself': (resources) =>
    wrong(
      ofType(resources, 'AWS::RDS::DBInstance'),
      ({ AutoMinorVersionUpgrade }) => AutoMinorVersionUpgrade !== false,
    ),
  'a resource that runs its own code': (resources) =>
    Object.entries(resources).flatMap(([id, { Type }]) =>
      Type.startsWith('Custom::') || Type === 'AWS::CloudFormation::CustomResource' ? [id] : [],
    ),
  'an instance that prevents the deletion of the database': (resources) =>
    Object.entries(resources).flatMap(([id, { Type, DeletionPolicy }]) =>
      Type === 'AWS::RDS::DBInstance' && DeletionPolicy !== 'Delete' ? [id] : [],
    ),
  'a log without a retention': (resources) =>
    wrong(ofType(resources, 'AWS::Logs::LogGroup'), ({ RetentionInDays }) => RetentionInDays === undefined),
  'a proxy without TLS': (resources) =>
    wrong(ofType(resources, 'AWS::RDS::DBProxy'), ({ RequireTLS }) => RequireTLS !== true),
  'a database without TLS': (resources) =>
    wrong(
      ofType(resources, 'AWS::RDS::DBClusterParameterGroup'),
      ({ Parameters }) => Object(Parameters)['rds.force_ssl'] !== '1',
    ),
  'an unencrypted database': (resources) =>
    wrong(ofType(resources, 'AWS::RDS::DBCluster'), ({ StorageEncrypted }) => StorageEncrypted !== true),
  'servers in a public subnet': (resources) =>
    Object.entries(resources).flatMap(([id, { Properties }]) => {
      const { SubnetIds, VpcSubnetIds, BrokerNodeGroupInfo, VpcConfigs } = Properties;
      const used = [SubnetIds, VpcSubnetIds, BrokerNodeGroupInfo, VpcConfigs];
      return JSON.stringify(used).includes('"PublicSubnet') ? [id] : [];
    }),
  'servers with a public address': (resources) => [
    ...wrong(ofType(resources, 'AWS::RDS::DBInstance'), (instance) => instance.PubliclyAccessible !== false),
    ...wrong(ofType(resources, 'AWS::MSK::Cluster'), ({ BrokerNodeGroupInfo }) =>
      Object.hasOwn(Object(BrokerNodeGroupInfo), 'ConnectivityInfo'),
    ),
  ],
  'a cluster without the required settings': (resources) => [
    ...wrong(ofType(resources, 'AWS::MSK::Cluster'), (cluster) => cluster.ConfigurationInfo === undefined),
    ...wrong(
      ofType(resources, 'AWS::RDS::DBCluster'),
      (cluster) =>
        cluster.DBClusterParameterGroupName === undefined || cluster.EnableIAMDatabaseAuthentication !== true,
    ),
  ],
  'data with another key than that of the stage': (resources) => {
    const own = JSON.stringify({ 'Fn::GetAtt': ['DataKey', 'Arn'] });
    const isForeign = (key: unknown): boolean => JSON.stringify(key) !== own;
    return [
      ...wrong(ofType(resources, 'AWS::RDS::DBCluster'), ({ KmsKeyId }) => isForeign(KmsKeyId)),
      ...wrong(ofType(resources, 'AWS::Logs::LogGroup'), ({ KmsKeyId }) => isForeign(KmsKeyId)),
      ...wrong(ofType(resources, 'AWS::MSK::Cluster'), ({ EncryptionInfo }) =>
        isForeign(Object(EncryptionInfo).EncryptionAtRest?.DataVolumeKMSKeyId),
      ),
    ];
  },
  'brokers with unencrypted replication': (resources) =>
    wrong(
      ofType(resources, 'AWS::MSK::Cluster'),
      ({ EncryptionInfo }) => Object(EncryptionInfo).EncryptionInTransit?.InCluster === false,
    ),
  'a key without rotation': (resources) =>
    wrong(ofType(resources, 'AWS::KMS::Key'), ({ EnableKeyRotation }) => EnableKeyRotation !== true),
  'a group without a rule for outgoing traffic, which allows all': (resources) =>
    wrong(
      ofType(resources, 'AWS::EC2::SecurityGroup'),
      ({ SecurityGroupEgress }) => !Array.isArray(SecurityGroupEgress) || SecurityGroupEgress.length === 0,
    ),
  'a role with a wildcard action or a wildcard resource': (resources) =>
    wrong(ofType(resources, 'AWS::IAM::Role'), ({ Policies, ManagedPolicyArns }) => {
      const policies = Object(Policies) as { PolicyDocument: { Statement: Properties[] } }[];
      return (
        ManagedPolicyArns !== undefined ||
        policies
          .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
          .some(({ Action, Resource }) => JSON.stringify(Action).includes('*') || Resource === '*')
      );
    }),
  'a password in the template': (resources) =>
    wrong(ofType(resources, 'AWS::RDS::DBCluster'), (cluster) => 'MasterUserPassword' in cluster),
};
