import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { accessTo } from '../support/broker-access.ts';
import { joinReading, leaveGroups } from '../support/group-member.ts';
import { uniqueName } from '../support/kafka.ts';
import { waitForGroups } from '../support/kafka-cluster.ts';
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

test('half-open connections are destroyed after 15 s, and reading continues on new connections', async () => {
  const access = accessTo(broker.directAddress);
  await waitForGroups([broker.directAddress]);
  const topic = await access.createTopic(uniqueName());
  const { records, failures, member } = await joinReading(topic, { bootstrapServers: broker.address });
  await access.send(topic, [{ value: 'before' }]);
  await until('it reads', () => records.length > 0);

  const outage = broker.proxy.begin({ kind: 'half-open' });
  await access.send(topic, [{ value: 'after' }]);
  await until('it reads again', () => records.length > 1);
  const values = records.map(({ value }) => value?.toString());
  await member.leave();
  outage.end();

  expect(values).toContain('after');
  expect(failures.map(({ message }) => message)).toContain('no response within 15 s');
});
