import { LOCAL_HOST } from '../../../local/process/ports.ts';

export interface StageServers {
  readonly brokers: string;
  readonly postgresPort: number;
}

/** Returns the parameters of a stage in the emulator: real servers without IAM and passwords, and a network that does not exist. */
export function stageArguments({ brokers, postgresPort }: StageServers): string[] {
  const arn = (service: string, name: string): string => `arn:aws:${service}:eu-west-1:000000000000:${name}`;
  const migrationDatabaseUrl = `postgresql://postgres@${LOCAL_HOST}:${postgresPort}/orderly`;
  const parameters = {
    test: 'true', // one broker is enough
    kafkaAuth: 'none',
    kafkaBrokers: brokers,
    kafkaClusterArn: arn('kafka', 'cluster/emulator/00000000-0000-0000-0000-000000000000-1'),
    databaseAuth: 'password',
    databaseResourceId: 'prx-0123',
    databaseUrl: migrationDatabaseUrl.replace('//postgres@', '//orderly_app@'),
    migrationAuth: 'password',
    migrationDatabaseUrl,
    migrationSecretArn: arn('secretsmanager', 'secret:nobody-reads-it'),
    vpcSubnetIds: 'subnet-00000000000000001',
    vpcSecurityGroupIds: 'sg-00000000000000001',
    auth: 'none',
  };
  return Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
}
