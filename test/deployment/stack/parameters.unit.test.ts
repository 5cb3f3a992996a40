import { describe, expect, test } from '@jest/globals';
import {
  borrowOutputs,
  mergeParameters,
  migrationEvent,
  parameterArguments,
} from '../../../deployment/stack/parameters.ts';

describe('the parameters', () => {
  const merge = (sources: Record<'outputs' | 'inFile' | 'given', Record<string, string>>) =>
    Object.fromEntries(
      mergeParameters({
        outputs: new Map(Object.entries(sources.outputs)),
        inFile: new Map(Object.entries(sources.inFile)),
        given: new Map(Object.entries(sources.given)),
      }),
    );

  test('on the command line win over the service file, and those over the outputs; an empty value does not count', () => {
    const merged = merge({
      outputs: { a: 'output', b: 'output', c: 'output', d: '' },
      inFile: { a: 'file', b: 'file' },
      given: { a: 'given', c: '' },
    });

    expect(merged).toEqual({ a: 'given', b: 'file', c: 'output' });
  });

  const outputs = { databaseResourceId: 'prx-1', databaseUrl: 'postgresql://u@proxy:5432/d' };

  test('leave out the IAM login of the infrastructure when a secret for another server is given', () => {
    const own = { databaseUrl: 'postgresql://u@cluster:5432/d', databaseSecretArn: 'arn:secret' };

    expect(merge({ outputs, inFile: {}, given: own })).toEqual(own);
  });

  test.each([
    ['deployed already', outputs, {}],
    ['deployed with it', {}, {}],
    ['named again', outputs, { databaseUrl: 'postgresql://other@proxy:5432/d2' }],
  ])('reject a secret for the proxy of an infrastructure that is %s', (_when, from, inFile) => {
    const given = { databaseSecretArn: 'arn:secret' };

    expect(() => merge({ outputs: from, inFile, given })).toThrow('accepts IAM only');
    expect(() => merge({ outputs: from, inFile: { ...inFile, ...given }, given: {} })).toThrow(
      'accepts IAM only',
    );
  });

  test('treat a database URL with a variable as the URL of another server', () => {
    const own = { databaseUrl: 'postgresql://u@$' + '{cf:db.Host}/d', databaseSecretArn: 'arn:secret' };

    expect(merge({ outputs, inFile: own, given: {} })).toEqual(own);
  });

  test('from the infrastructure of another stage name its servers, but a database of the stage', () => {
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

  test('give the migration the role of the functions and the secret with its password', () => {
    const url = ['databaseUrl', 'postgresql://shop%2Dapp@proxy:5432/orderly'] as const;

    expect(migrationEvent(new Map([url]))).toEqual({ role: 'shop-app' });
    expect(migrationEvent(new Map([url, ['databaseSecretArn', 'arn:s']]))).toEqual({
      role: 'shop-app',
      secret_arn: 'arn:s',
    });
  });

  test('with variables are left to the framework', () => {
    const parameters = new Map([
      ['vpcSubnetIds', 'subnet-1,subnet-2'],
      ['kafkaClusterArn', '$' + '{cf:network.ClusterArn}'],
    ]);

    expect(parameterArguments(parameters)).toEqual(['--param=vpcSubnetIds=subnet-1,subnet-2']);
  });
});
