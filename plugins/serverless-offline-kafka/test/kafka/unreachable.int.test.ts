import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { startSilentServers } from '../../../../test/support/silent-servers.ts';
import { startingOffsets } from '../../src/kafka/group-offsets.ts';
import { reachableFirst } from '../../src/kafka/reachable-first.ts';
import { accessTo } from '../support/broker-access.ts';
import { uniqueName } from '../support/kafka.ts';
import { aLog } from '../support/log.ts';
import { type ProxiedBroker, startProxiedBroker } from '../support/proxied-broker.ts';
import { startMapping, stopMappings } from '../support/recorded-mapping.ts';
import { until } from '../support/until.ts';

let broker: ProxiedBroker;
let topic: string;

beforeAll(async () => {
  broker = await startProxiedBroker();
  topic = await accessTo(broker.directAddress).createTopic(uniqueName());
  await broker.proxy[Symbol.asyncDispose](); // no server listens at the address that the broker advertises
});
afterEach(stopMappings);
afterAll(async () => {
  await broker[Symbol.asyncDispose]();
});

const cluster = (bootstrapServers: string, setBy?: string) => ({
  bootstrapServers,
  ...(setBy !== undefined && { setBy }),
  security: {},
  sessionTimeoutMs: 6_000,
});

test('bootstrap servers that accept connections and never respond are returned as they are', async () => {
  await using silent = await startSilentServers();

  const servers = await reachableFirst(silent.addresses, undefined);

  expect(servers.toSorted()).toEqual(silent.addresses.toSorted());
});

const offsets = (bootstrapServers: string, setBy?: string) =>
  startingOffsets({ ...cluster(bootstrapServers, setBy), log: aLog().log }, topic, { type: 'LATEST' });

describe('a connection error names the source of the address', () => {
  test('a setting', async () => {
    const address = `${LOCAL_HOST}:${await freePort()}`;

    await expect(offsets(address, 'KAFKA_BROKERS')).rejects.toMatchObject({
      code: 'brokers_unreachable',
      message: expect.stringMatching(`ECONNREFUSED ${address} .*${address} is set by KAFKA_BROKERS\\)$`),
    });
  });

  test('a setting with several addresses', async () => {
    const [one, other] = [`${LOCAL_HOST}:${await freePort()}`, `${LOCAL_HOST}:${await freePort()}`];

    await expect(offsets(`${one}, ${other}`, '--kafkaBootstrapServers')).rejects.toThrow(
      new RegExp(`\\((${one}|${other}) is set by --kafkaBootstrapServers\\)$`),
    );
  });

  test('an unknown host name', async () => {
    await expect(offsets('broker.invalid:9092', 'KAFKA_BROKERS')).rejects.toThrow(
      /(ENOTFOUND|EAI_AGAIN) .*broker\.invalid:9092 is set by KAFKA_BROKERS/,
    );
  });

  test('the default, without a setting', async () => {
    const address = `localhost:${await freePort()}`;

    await expect(offsets(address)).rejects.toThrow(
      `(${address} is the default; set bootstrapServers in custom.serverless-offline-kafka, or KAFKA_BROKERS)`,
    );
  });

  test('the brokers that advertise it', async () => {
    await expect(offsets(broker.proxiedAddress, 'KAFKA_BROKERS')).rejects.toThrow(
      `(the brokers at ${broker.proxiedAddress} advertise ${broker.address}; see their advertised.listeners)`,
    );
  });

  test('in a log line of a mapping', async () => {
    const address = `${LOCAL_HOST}:${await freePort()}`;

    const { lines } = startMapping({ topic, cluster: cluster(address, 'functions.work.events.0.kafka') });
    await until('the error is logged', async () => lines.length > 0);

    expect(lines).toEqual([
      expect.stringMatching(`ECONNREFUSED .*is set by functions.work.events.0.kafka\\); retrying$`),
    ]);
  });
});
