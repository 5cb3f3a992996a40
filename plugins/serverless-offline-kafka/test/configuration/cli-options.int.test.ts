import { afterEach, describe, expect, test } from '@jest/globals';
import { endCommandLines, serverless } from '../support/command-line.ts';
import { createTopic, uniqueName } from '../support/kafka.ts';
import { until } from '../support/until.ts';

afterEach(endCommandLines);

describe.each([
  ['offline start', ['offline', 'start']],
  ['offline', ['offline']],
])('serverless %s', (_, command) => {
  test('--help lists the options with those of serverless-offline', async () => {
    const running = await serverless('orders', ...command, '--help');

    expect(await running.ended).toBe(0);
    for (const option of [
      'kafkaBootstrapServers',
      'kafkaBatches',
      'kafkaAssumeProvisionedMode',
      'useInProcess',
    ]) {
      expect(running.output()).toContain(`--${option}`);
    }
  });

  test('reads the brokers of the command line, not those of the environment', async () => {
    const topic = await createTopic(uniqueName(), 1);

    const running = await serverless(topic, ...command, '--kafkaBootstrapServers', '127.0.0.1:9');
    await until('the unavailable broker is reported', () => running.output().includes('127.0.0.1:9'));

    expect(running.output()).not.toContain('holds partition');
    expect(await running.interrupt()).toBe(0);
  });

  test('reports an invalid option', async () => {
    const running = await serverless('orders', ...command, '--kafkaBatches', 'both');

    expect(await running.ended).toBe(1);
    expect(running.output()).toContain('cannot start:\n  - --kafkaBatches: ');
  });
});
