import { expect, test } from '@jest/globals';
import { readConfiguration } from '../src/event-source.ts';
import { aService, CLUSTER_ARN } from './support/service.ts';

test('everything that is wrong in a service file is told together', () => {
  const service = aService(
    {
      work: [{ msk: { arn: CLUSTER_ARN, topic: 'orders', batchSize: 0.5 } }],
      also: [{ kafka: { topic: 'orders', filterPatterns: [{}] } }],
    },
    { custom: { 'serverless-offline-kafka': { brokers: 'a:1' } } },
  );

  expect(() => readConfiguration(service, {})).toThrow(
    expect.objectContaining({
      code: 'invalid_configuration',
      message: expect.stringMatching(/brokers[\s\S]*function work .*BatchSize[\s\S]*function also .*value/),
    }),
  );
});

test('a service without Kafka events has no mappings', () => {
  const service = aService({ work: [{}] });

  expect(readConfiguration(service, {}).definitions).toEqual([]);
});
