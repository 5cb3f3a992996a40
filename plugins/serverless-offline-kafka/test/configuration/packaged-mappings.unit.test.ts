import { describe, expect, test } from '@jest/globals';
import { declaredMappings } from '../../src/configuration/declared-mappings.ts';
import { templateValues } from '../../src/configuration/template-values.ts';
import type { FunctionEvent } from '../../src/serverless.ts';
import { aKafkaEvent, anMskEvent, LOGICAL_ID } from '../support/configuration.ts';
import { packagedMappings } from '../support/osls-template.ts';
import { aService, CLUSTER_ARN } from '../support/service.ts';

const KAFKA_ID = 'WorkEventSourceMappingKafkaOrders';
const everything = {
  batchSize: 7,
  maximumBatchingWindow: 2,
  enabled: false,
  startingPosition: 'AT_TIMESTAMP',
  startingPositionTimestamp: 1_700_000_000,
  consumerGroupId: 'workers',
  filterPatterns: [{ value: { a: [1] } }, { value: ['x'] }],
  provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 3 },
};
const secret = (name: string): string => `arn:aws:secretsmanager:eu-west-1:000000000000:secret:${name}`;
const accessConfigurations = {
  vpcSubnet: ['subnet-1', 'subnet-2'],
  vpcSecurityGroup: ['sg-1'],
  saslPlainAuth: [secret('plain')],
  saslScram256Auth: [secret('256')],
  saslScram512Auth: [secret('512')],
  clientCertificateTlsAuth: [secret('client')],
  serverRootCaCertificate: [secret('ca')],
};

describe('the properties of a mapping are those that osls packages', () => {
  test.each<[string, FunctionEvent, resources: unknown]>([
    ['an msk event that sets nothing', anMskEvent(), undefined],
    [
      'an msk event that sets everything',
      anMskEvent({ ...everything, saslScram512: secret('512') }),
      undefined,
    ],
    ['an msk event with a window of 0', anMskEvent({ maximumBatchingWindow: 0 }), undefined],
    ['an msk event with a reference', anMskEvent({ arn: { Ref: 'Cluster' } }), undefined],
    ['an msk event with an import', anMskEvent({ arn: { 'Fn::ImportValue': 'stack-Cluster' } }), undefined],
    [
      'an msk event with pollers that osls drops',
      anMskEvent({ provisionedPollerConfig: { a: 1 } }),
      undefined,
    ],
    ['a kafka event that sets nothing', aKafkaEvent(), undefined],
    [
      'a kafka event that sets everything',
      aKafkaEvent({ ...everything, accessConfigurations, onFailureDestination: 'kafka://orders.dead' }),
      undefined,
    ],
    [
      'a kafka event with one poller setting',
      aKafkaEvent({ provisionedPollerConfig: { minimumPollers: 2 } }),
      undefined,
    ],
    [
      'an event under an extension',
      anMskEvent(everything),
      {
        extensions: {
          [LOGICAL_ID]: {
            Properties: {
              BatchSize: 3,
              ProvisionedPollerConfig: { MinimumPollers: 9 },
              MaximumRetryAttempts: 1,
            },
          },
        },
      },
    ],
    [
      'an event under a resource of the same logical id',
      aKafkaEvent(everything),
      {
        Resources: {
          [KAFKA_ID]: {
            Properties: {
              ProvisionedPollerConfig: { MinimumPollers: 9 },
              FilterCriteria: { Filters: [{ Pattern: '{"value":["y"]}' }] },
              SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['b.example.com:9092', 'c:1'] } },
            },
          },
        },
        extensions: { [KAFKA_ID]: { Properties: { BatchSize: 3 } } },
      },
    ],
    [
      'a resource alone, under an extension',
      {},
      {
        Resources: {
          Mapping: {
            Type: 'AWS::Lambda::EventSourceMapping',
            Properties: {
              FunctionName: { 'Fn::GetAtt': ['WorkLambdaFunction', 'Arn'] },
              EventSourceArn: CLUSTER_ARN,
              Topics: ['orders'],
              StartingPosition: 'LATEST',
            },
          },
        },
        extensions: { Mapping: { Properties: { BatchSize: 3 } } },
      },
    ],
  ])('%s', (_, event, resources) => {
    const service = () => aService({ work: [event] }, structuredClone({ resources }));
    const packaged = Object.entries(packagedMappings(service())).map(([logicalId, { Properties }]) => ({
      logicalId,
      properties: { SourceAccessConfigurations: [], ...Properties, FunctionName: undefined },
    }));

    const declared = declaredMappings(service(), templateValues(service())).mappings.map(
      ({ logicalId, properties }) => ({
        logicalId,
        properties: { SourceAccessConfigurations: [], ...properties, FunctionName: undefined },
      }),
    );

    expect(declared).toEqual(packaged);
    expect(declared).toHaveLength(1);
  });
});
