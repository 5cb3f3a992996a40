import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { readGroupLag } from '../../../lib/kafka/group-lag.ts';
import { answeringFirst } from '../../../lib/kafka/listed-brokers.ts';
import { createSockets } from '../../../lib/kafka/sockets.ts';
import { orderProcessing } from '../../../lib/kafka/topics/topics.ts';
import { startSilentServers } from '../../support/silent-servers.ts';

/** Far above the time limits of the clients. */
const HANGS_MS = 30_000;

const orHangs = <Result>(work: Promise<Result>): Promise<Result | 'hangs'> =>
  Promise.race([work, delay(HANGS_MS, 'hangs' as const, { ref: false })]);

test('the lag of a group is an error at its time limit if every listed broker accepts connections and never answers', async () => {
  await using silent = await startSilentServers();
  const connection = { brokers: silent.addresses, clientId: 'silent-brokers-test' };

  // The brokers are tried for 2.5 s, so the time ends while kafkajs connects to one of them.
  const reading = readGroupLag(connection, { ...orderProcessing, retentionMs: 1_000 }, Date.now(), 4_000);

  await expect(orHangs(reading)).rejects.toThrow();
});

test('a destroyed client asks no broker, and returns the list', async () => {
  await using silent = await startSilentServers();
  const sockets = createSockets(undefined);
  sockets.destroy();

  const listed = answeringFirst({ brokers: silent.addresses, connectTimeoutMs: 1_000 }, sockets);

  expect(await orHangs(listed)).toHaveLength(2);
});
