import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { accessTo } from '../support/broker-access.ts';
import { uniqueName } from '../support/kafka.ts';
import { waitForGroups } from '../support/kafka-cluster.ts';
import { type ProxiedBroker, startProxiedBroker } from '../support/proxied-broker.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

const CUTS = 15;
const ROUNDS = 3;

let broker: ProxiedBroker;

beforeAll(async () => {
  broker = await startProxiedBroker();
});
afterEach(stopMappings);
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

test('a mapping recovers from responses that are truncated', async () => {
  const access = accessTo(broker.directAddress);
  await waitForGroups([broker.directAddress]);
  const topic = await access.createTopic(uniqueName());
  const cluster = { bootstrapServers: broker.address, security: {}, sessionTimeoutMs: 6_000 };
  const { delivered } = startMapping({ topic, cluster });
  let sent = 0;
  const send = async (): Promise<void> => {
    await access.send(topic, [{ value: `record ${sent}` }]);
    sent += 1;
  };
  await send();
  await until('it reads', () => delivered(0).length > 0);

  for (let round = 0; round < ROUNDS; round += 1) {
    const cuts = broker.proxy.begin({ kind: 'cut-answer', answers: CUTS });
    await until('all are cut', async () => {
      await send();
      return cuts.isOver();
    });
    await send();
    await until('it reads again', () => delivered(0).at(-1) === sent - 1);
  }

  expect(new Set(delivered(0)).size).toBe(sent);
});
