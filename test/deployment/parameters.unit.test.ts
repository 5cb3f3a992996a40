import { describe, expect, test } from '@jest/globals';
import {
  borrowOutputs,
  mergeParameters,
  migrationEvent,
  parameterArguments,
} from '../../deployment/parameters.ts';

describe('the parameters', () => {
  const merge = (sources: Record<'outputs' | 'inFile' | 'given', Record<string, string>>) =>
    Object.fromEntries(
      mergeParameters({
        outputs: new Map(Object.entries(sources.outputs)),
        inFile: new Map(Object.entries(sources.inFile)),
        given: new Map(Object.entries(sources.given)),
      }),
    );

  test('on the command line win over the service file, and those over the outputs; what is empty does not count', () => {
    const merged = merge({
      outputs: { a: 'output', b: 'output', c: 'output', d: '' },
      inFile: { a: 'file', b: 'file' },
      given: { a: 'given', c: '' },
    });

    expect(merged).toEqual({ a: 'given', b: 'file', c: 'output' });
  });

  test('leave out how the infrastructure logs in at the database where a secret is given for it', () => {
    const outputs = { databaseResourceId: 'prx-1', databaseUrl: 'postgresql://u@proxy/d' };

    const merged = merge({ outputs, inFile: {}, given: { databaseSecretArn: 'arn:secret' } });

    expect(merged).toEqual({ databaseUrl: 'postgresql://u@proxy/d', databaseSecretArn: 'arn:secret' });
  });

  test('from the infrastructure of another stage name its servers, and a database of the stage', () => {
    const outputs = new Map([
      ['kafkaClusterArn', 'arn:cluster'],
      ['databaseUrl', 'postgresql://orderly_app@proxy:5432/orderly'],
      ['migrationDatabaseUrl', 'postgresql://admin@cluster:5432/orderly'],
    ]);

    expect([...borrowOutputs(outputs, 'pr-12')]).toEqual([
      ['kafkaClusterArn', 'arn:cluster'],
      ['databaseUrl', 'postgresql://orderly_app@proxy:5432/orderly_pr_12'],
      ['migrationDatabaseUrl', 'postgresql://admin@cluster:5432/orderly_pr_12'],
    ]);
  });

  test('tell the migration who the functions log in as, and where the password is', () => {
    const url = ['databaseUrl', 'postgresql://shop%2Dapp@proxy:5432/orderly'] as const;

    expect(migrationEvent(new Map([url]))).toEqual({ role: 'shop-app' });
    expect(migrationEvent(new Map([url, ['databaseSecretArn', 'arn:s']]))).toEqual({
      role: 'shop-app',
      secret_arn: 'arn:s',
    });
  });

  test('with variables in them are left to the framework', () => {
    const parameters = new Map([
      ['vpcSubnetIds', 'subnet-1,subnet-2'],
      ['kafkaClusterArn', '$' + '{cf:network.ClusterArn}'],
    ]);

    expect(parameterArguments(parameters)).toEqual(['--param=vpcSubnetIds=subnet-1,subnet-2']);
  });
});
