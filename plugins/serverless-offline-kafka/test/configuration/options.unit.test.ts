import { expect, test } from '@jest/globals';
import { readOptions } from '../../src/configuration/options.ts';

const custom = (options: unknown) => ({ 'serverless-offline-kafka': options });

test('the brokers come from the options, else from KAFKA_BROKERS, else they are local', () => {
  const environment = { KAFKA_BROKERS: 'env:9092' };

  expect(readOptions(custom({ bootstrapServers: 'a:1,b:2' }), environment).options?.bootstrapServers).toBe(
    'a:1,b:2',
  );
  expect(readOptions(undefined, environment).options?.bootstrapServers).toBe('env:9092');
  expect(readOptions({}, { KAFKA_BROKERS: '' }).options?.bootstrapServers).toBe('localhost:9092');
});

test('the group forgets a dead member after 6 s unless told otherwise', () => {
  expect(readOptions(undefined, {}).options?.sessionTimeoutMs).toBe(6_000);
  expect(readOptions(custom({ sessionTimeoutMs: 10_000 }), {}).options?.sessionTimeoutMs).toBe(10_000);
});

test('an unknown or wrong option is a problem with its path', () => {
  const { options, problems } = readOptions(custom({ bootstrapServer: 'a:1', sessionTimeoutMs: '6 s' }), {});

  expect(options).toBeUndefined();
  expect(problems).toEqual([
    expect.stringMatching(/^custom\.serverless-offline-kafka\.sessionTimeoutMs: /),
    expect.stringMatching(/^custom\.serverless-offline-kafka: .*bootstrapServer/),
  ]);
});
