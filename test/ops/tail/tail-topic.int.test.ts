import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import net from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import * as z from 'zod';
import { assertTopic } from '../../../ops/tail/tail-topic.ts';
import { freshTopic, testBrokers } from '../../support/kafka.ts';
import { until } from '../../support/until.ts';

/** Node publishes every connecting socket on this channel. Other open sockets may belong to other tests. */
const CHANNEL = 'net.client.socket';
const connected = z.object({ socket: z.instanceof(net.Socket) });
let sockets: net.Socket[];
const remember = (message: unknown): void => {
  sockets.push(connected.parse(message).socket);
};

beforeEach(() => {
  sockets = [];
  subscribe(CHANNEL, remember);
});
afterEach(() => {
  unsubscribe(CHANNEL, remember);
});

const connection = () => ({ brokers: testBrokers(), clientId: 'test' });

test('the check of a topic leaves no connection to Kafka, whether the topic exists or not', async () => {
  const topic = await freshTopic(1);
  sockets = []; // drops sockets of the test itself

  await assertTopic(topic, connection());
  const connected = sockets.length;
  const rejected = await assertTopic(`${topic}-missing`, connection()).catch((error: unknown) => error);

  expect(rejected).toMatchObject({ code: 'local_stack' });
  expect(connected).toBeGreaterThan(0);
  expect(sockets.length).toBeGreaterThan(connected);
  await until('its connections are closed', () => sockets.every(({ closed }) => closed));
});
