import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
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
async function connect(watchdog: ConnectionWatchdog) {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const socket = net.connect({ host: '127.0.0.1', port });
  const [[broker]] = await Promise.all([once(server, 'connection'), once(socket, 'connect')]);
  const errors: string[] = [];
  socket.on('error', ({ message }) => errors.push(message));
  watchdog.watch(socket, 'broker:9092');
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
  const { socket, errors, request } = await connect(new ConnectionWatchdog());

  request(FETCH);
  jest.advanceTimersByTime(14_999);
  const early = socket.destroyed;
  jest.advanceTimersByTime(1);
  await new Promise((resolve) => socket.once('close', resolve)); // `once` would reject with the error

  expect(early).toBe(false);
  expect(errors).toEqual(['no response within 15 s']);
});

test('another request does not extend the limit', async () => {
  const { socket, request } = await connect(new ConnectionWatchdog());

  request(FETCH);
  jest.advanceTimersByTime(10_000);
  request(FETCH);
  jest.advanceTimersByTime(5_000);

  expect(socket.destroyed).toBe(true);
});

test('a response extends the limit, and a connection without requests stays open', async () => {
  const { socket, request, respond } = await connect(new ConnectionWatchdog());

  request(FETCH);
  jest.advanceTimersByTime(14_000);
  await respond();
  jest.advanceTimersByTime(100_000);

  expect(socket.destroyed).toBe(false);
});

test('a join can wait for 70 s', async () => {
  const { socket, request } = await connect(new ConnectionWatchdog());

  request(FETCH);
  request(JOIN_GROUP);
  jest.advanceTimersByTime(69_999);
  const early = socket.destroyed;
  jest.advanceTimersByTime(1);

  expect(early).toBe(false);
  expect(socket.destroyed).toBe(true);
});

test('the other connections to the broker end too, if they had no response since the request', async () => {
  const watchdog = new ConnectionWatchdog();
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
