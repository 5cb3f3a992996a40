import { once } from 'node:events';
import net from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { until } from '../../../support/until.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** Echoes all data in capitals. */
let server: net.Server;
const serverSide = new Set<net.Socket>();
let proxy: TcpProxy;

beforeEach(async () => {
  server = net.createServer((socket) => {
    serverSide.add(socket);
    socket.once('close', () => serverSide.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (piece) => socket.write(piece.toString().toUpperCase()));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  proxy = await startTcpProxy(typeof address === 'object' ? (address?.port ?? 0) : 0);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  server.close();
  for (const socket of serverSide) {
    socket.destroy();
  }
});

interface Client {
  readonly socket: net.Socket;
  received: string;
  isClosed: boolean;
}

async function connect(): Promise<Client> {
  const socket = net.connect(proxy.port, '127.0.0.1');
  const client: Client = { socket, received: '', isClosed: false };
  socket.on('error', () => undefined);
  socket.on('data', (piece) => {
    client.received += piece.toString();
  });
  socket.once('close', () => {
    client.isClosed = true;
  });
  await once(socket, 'connect');
  return client;
}

async function ask(client: Client, question: string): Promise<void> {
  client.received = '';
  client.socket.write(question);
  await until('an answer', () => client.received === question.toUpperCase());
}

test('without a fault all data passes, and the end of one side ends the other', async () => {
  const client = await connect();
  await ask(client, 'hello');
  client.socket.end('x'.repeat(1_000_000));

  await until('a large answer has arrived', () => client.received.length >= 1_000_000);
  await until('the end', () => serverSide.size === 0 && proxy.connections() === 0);
});

test('latency delays each direction, and stops with the fault', async () => {
  const client = await connect();
  await ask(client, 'hello');
  const fault = proxy.begin({ kind: 'latency', ms: 100 });

  const startedAt = performance.now();
  await ask(client, 'slow');
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(195);
  fault.end();
  await ask(client, 'fast');
});

test('a half-open connection loses all data and never ends for the client, for the server when the fault ends; new connections work', async () => {
  const client = await connect();
  await ask(client, 'hello');
  const fault = proxy.begin({ kind: 'half-open' });
  client.received = '';
  client.socket.write('lost');
  const other = await connect();
  await ask(other, 'works');

  expect(client.received).toBe('');
  await ask(other, 'works still');
  expect(serverSide.size).toBe(2);
  fault.end();
  await until('the server side to change', () => serverSide.size === 1);
  expect(client.isClosed).toBe(false);
});

test('an answer is cut in the middle and its connection closed; the next connection works', async () => {
  const client = await connect();
  await ask(client, 'hello');
  proxy.begin({ kind: 'cut-answer', answers: 1 });
  client.received = '';
  client.socket.write('12345678');

  await until('the connection is closed', () => client.isClosed);
  expect(client.received).toBe('1234');
  await until('the server side to change', () => serverSide.size === 0);
  await ask(await connect(), 'works');
});
