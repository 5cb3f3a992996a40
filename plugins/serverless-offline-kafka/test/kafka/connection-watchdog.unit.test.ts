import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { ConnectionWatchdog } from '../../src/kafka/connection-watchdog.ts';

const [FETCH, JOIN_GROUP] = [1, 11];
const scope: (() => void)[] = [];

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
});

afterEach(() => {
  jest.useRealTimers();
  for (const release of scope.splice(0)) {
    release();
  }
});

/** A monitored connection to a broker that responds only when the test requests it. */
async function connect(watchdog: ConnectionWatchdog, address = 'broker:9092') {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound ? bound.port : 0;
  const socket = net.connect({ host: '127.0.0.1', port });
  const [[broker]] = await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
  const errors: string[] = [];
  socket.on('error', ({ message }) => errors.push(message));
  watchdog.watch(socket, address);
  scope.push(() => {
    socket.destroy();
    broker.destroy();
    server.close();
  });
  return {
    socket,
    errors,
    request: (apiKey: number) => socket.write(Buffer.from([0, 0, 0, 2, 0, apiKey])),
    respond: async () => {
      broker.write('answer');
      await once(socket, 'data');
    },
  };
}

test('a request without a response for 15 s ends the connection', async () => {
  const { socket, errors, request } = await connect(new ConnectionWatchdog(() => false));

  request(FETCH);
  jest.advanceTimersByTime(14_999);
  const early = socket.destroyed;
  jest.advanceTimersByTime(1);
  await new Promise((resolve) => socket.once('close', resolve)); // `once` would reject with the error

  expect(early).toBe(false);
  expect(errors).toEqual(['no response within 15 s']);
});

test('another request does not extend the limit', async () => {
  const { socket, request } = await connect(new ConnectionWatchdog(() => false));

  request(FETCH);
  jest.advanceTimersByTime(10_000);
  request(FETCH);
  jest.advanceTimersByTime(5_000);

  expect(socket.destroyed).toBe(true);
});

test('a response extends the limit, and a connection without requests stays open', async () => {
  const { socket, request, respond } = await connect(new ConnectionWatchdog(() => false));

  request(FETCH);
  jest.advanceTimersByTime(14_000);
  await respond();
  jest.advanceTimersByTime(100_000);

  expect(socket.destroyed).toBe(false);
});

test('a join can wait for 70 s', async () => {
  const { socket, request } = await connect(new ConnectionWatchdog(() => false));

  request(FETCH);
  request(JOIN_GROUP);
  jest.advanceTimersByTime(69_999);
  const early = socket.destroyed;
  jest.advanceTimersByTime(1);

  expect(early).toBe(false);
  expect(socket.destroyed).toBe(true);
});

test('the other connections to the broker end too, if they had no response since the request', async () => {
  const watchdog = new ConnectionWatchdog(() => false);
  const [unresponsive, quiet, busy] = [
    await connect(watchdog),
    await connect(watchdog),
    await connect(watchdog),
  ];

  jest.advanceTimersByTime(1);
  unresponsive.request(FETCH);
  jest.advanceTimersByTime(1_000);
  await busy.respond();
  jest.advanceTimersByTime(14_000);

  expect([unresponsive, quiet, busy].map(({ socket }) => socket.destroyed)).toEqual([true, true, false]);
});

describe('when a broker is unresponsive', () => {
  /** Returns whether the watchdog asked to abandon the broker. `others` uses another broker before and during the outage. */
  async function isAsked(
    others: (
      watchdog: ConnectionWatchdog,
    ) => Promise<{ before?: () => Promise<void>; during?: () => Promise<void> }>,
  ): Promise<boolean> {
    const abandons = jest.fn(() => false);
    const watchdog = new ConnectionWatchdog(abandons);
    const { request } = await connect(watchdog);
    const { before, during } = await others(watchdog);
    await before?.();
    jest.advanceTimersByTime(1);
    request(FETCH);
    jest.advanceTimersByTime(1);
    await during?.();
    jest.advanceTimersByTime(15_000);
    return abandons.mock.calls.length > 0;
  }

  test('and another one has responded since the request, it may be abandoned', async () => {
    expect(
      await isAsked(async (watchdog) => ({ during: (await connect(watchdog, 'other:9092')).respond })),
    ).toBe(true);
  });

  test('and it is the only one, or no other one has responded since, it is not abandoned', async () => {
    expect(await isAsked(async () => ({}))).toBe(false);
    expect(
      await isAsked(async (watchdog) => ({ before: (await connect(watchdog, 'other:9092')).respond })),
    ).toBe(false);
    expect(await isAsked(async (watchdog) => ({ during: (await connect(watchdog)).respond }))).toBe(false);
  });
});

test('connections to an abandoned broker end at once, but not those to others', async () => {
  const watchdog = new ConnectionWatchdog(() => true);
  const unresponsive = await connect(watchdog);
  const other = await connect(watchdog, 'other:9092');
  jest.advanceTimersByTime(1);
  unresponsive.request(FETCH);
  jest.advanceTimersByTime(1);
  await other.respond();
  jest.advanceTimersByTime(15_000);

  const next = await connect(watchdog);
  const nextOther = await connect(watchdog, 'other:9092');

  expect([next, other, nextOther].map(({ socket }) => socket.destroyed)).toEqual([true, false, false]);
});
