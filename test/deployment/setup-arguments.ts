/** Parameters to package `serverless.setup.yml`, with fictitious values. */
export const setupArguments: readonly string[] = [
  ...['-c', 'serverless.setup.yml', '--stage', 'dev'],
  ...[
    'kafkaBrokers=b-1.example.invalid:9098',
    'kafkaClusterArn=arn:aws:kafka:eu-west-1:000000000000:cluster/example/11111111-0000-0000-0000-000000000000-1',
    'migrationDatabaseUrl=postgresql://admin@db.example.invalid:5432/orderly',
    'migrationSecretArn=arn:aws:secretsmanager:eu-west-1:000000000000:secret:example-AbCdEf',
    'vpcSubnetIds=subnet-00000000000000001,subnet-00000000000000002',
    'vpcSecurityGroupIds=sg-00000000000000001',
  ].map((parameter) => `--param=${parameter}`),
];
