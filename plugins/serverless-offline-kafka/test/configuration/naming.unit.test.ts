import { createRequire } from 'node:module';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defaultConsumerGroupId, kafkaLogicalId, mskLogicalId } from '../../src/configuration/naming.ts';

interface Naming {
  getMSKEventLogicalId(functionName: string, clusterName: string, topic: string): string;
  getKafkaEventLogicalId(functionName: string, topic: string): string;
}

const osls: Naming = createRequire(import.meta.url)('serverless/lib/plugins/aws/lib/naming.js');

const functionKey = fc.stringMatching(/^[a-zA-Z0-9\-_]{1,60}$/);
const topic = fc.stringMatching(/^[a-zA-Z0-9\-_.]{1,249}$/);
const clusterName = fc.stringMatching(/^[a-zA-Z0-9-]{1,100}$/);

describe('logical ids', () => {
  test('are those of osls for every msk event', () => {
    fc.assert(
      fc.property(functionKey, clusterName, topic, (...names) => {
        expect(mskLogicalId(...names)).toBe(osls.getMSKEventLogicalId(...names));
      }),
    );
  });

  test('are those of osls for every kafka event', () => {
    fc.assert(
      fc.property(functionKey, topic, (...names) => {
        expect(kafkaLogicalId(...names)).toBe(osls.getKafkaEventLogicalId(...names));
      }),
    );
  });
});

describe('the default consumer group', () => {
  test('is a version 5 UUID', () => {
    expect(defaultConsumerGroupId('shop-dev', 'Id')).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test('is the same at each start and differs between stacks and mappings', () => {
    const groups = [
      defaultConsumerGroupId('shop-dev', 'One'),
      defaultConsumerGroupId('shop-dev', 'Two'),
      defaultConsumerGroupId('shop-test', 'One'),
    ];

    expect(groups[0]).toBe(defaultConsumerGroupId('shop-dev', 'One'));
    expect(new Set(groups).size).toBe(3);
  });
});
