import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from '@jest/globals';
import { createDatabase } from '../../../lib/postgres/database.ts';
import { LOCAL_HOST } from '../../../local/process/ports.ts';
import { until } from '../../support/until.ts';

/** Returns a message of PostgreSQL's protocol: type, length, body. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const authenticationOk = message('R', Buffer.alloc(4));
const readyForQuery = message('Z', Buffer.from('I'));
const postmasterHasDied = message(
  'E',
  Buffer.from('SFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0'),
);

const sslRefused = Buffer.from('N');
const sslFailed = Buffer.from('E');
const sslThenNonsense = Buffer.from('Snonsense');
const unknownMechanism = message('R', Buffer.from('\0\0\0\nOTHER\0\0', 'latin1'));

test('a server that dies at the moment of accepting a connection is unavailable, and does not end the process', async () => {
  await using server = await fakeServer((socket) =>
    socket.end(Buffer.concat([authenticationOk, readyForQuery, postmasterHasDied])),
  );
  await using database = createDatabase(server.url);

  const transaction = database.transaction((db) => db.query('SELECT 1'));
  const query = database.query('SELECT 1');

  await expect(transaction).rejects.toMatchObject({ code: 'database_unavailable' });
  await expect(query).rejects.toMatchObject({ code: 'database_unavailable' });
});

test.each<[string, Buffer, true | undefined]>([
  ['does not speak TLS', sslRefused, true],
  ['fails to start TLS', sslFailed, true],
  ['sends something other than TLS', sslThenNonsense, true],
  ['requires an unknown login mechanism', unknownMechanism, undefined],
])('a server that %s is unavailable, and no connection stays open', async (_, greeting, tls) => {
  const sockets: net.Socket[] = [];
  await using server = await fakeServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(greeting);
  });
  await using database = createDatabase(
    server.url,
    tls && { tls, password: async () => 'first', rejected: () => undefined },
  );

  const failures = await Promise.allSettled([
    database.query('SELECT 1'),
    database.transaction((db) => db.query('SELECT 1')),
  ]);

  expect(failures).toMatchObject(
    Array(2).fill({ reason: { code: 'database_unavailable', retryable: true, cause: expect.any(Error) } }),
  );
  expect(sockets).toHaveLength(2);
  await until('the sockets to close', () => sockets.every(({ closed }) => closed), 5_000);
});

/** Sends its message after the client has sent something. */
async function fakeServer(
  greet: (socket: net.Socket) => void,
): Promise<AsyncDisposable & { readonly url: string }> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.once('data', () => greet(socket));
    socket.resume();
  });
  server.listen(0, LOCAL_HOST);
  await once(server, 'listening');
  return {
    url: `postgresql://postgres@${LOCAL_HOST}:${Object(server.address()).port}/orderly`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) {
        socket.destroy();
      }
      server.close();
    },
  };
}
