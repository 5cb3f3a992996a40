import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { accessTo } from '../support/broker-access.ts';
import { joinReading, leaveGroups } from '../support/group-member.ts';
import { uniqueName } from '../support/kafka.ts';
import { type ProxiedBroker, startProxiedBroker } from '../support/proxied-broker.ts';
import { until } from '../support/until.ts';

let broker: ProxiedBroker;

beforeAll(async () => {
  broker = await startProxiedBroker();
});
afterEach(leaveGroups);
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

test('connections that fall silent are left, and reading goes on over new ones within 20 s', async () => {
  const access = accessTo(broker.directAddress);
  const topic = await access.createTopic(uniqueName());
  const { records, failures, member } = await joinReading(topic, { bootstrapServers: broker.address });
  await access.send(topic, [{ value: 'before' }]);
  await until('it reads', () => records.length === 1);

  const silence = broker.proxy.begin({ kind: 'half-open' });
  const beginMs = performance.now();
  await access.send(topic, [{ value: 'after' }]);
  await until('it reads again', () => records.length > 1, 25_000);
  const tookMs = performance.now() - beginMs;
  const values = records.map(({ value }) => value?.toString());
  await member.leave();
  silence.end();

  expect(values).toContain('after');
  expect(tookMs).toBeLessThan(20_000);
  expect(failures.map(({ message }) => message)).toContain('no response within 15 s');
});
