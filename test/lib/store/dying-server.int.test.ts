import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from '@jest/globals';
import { createDatabase } from '../../../lib/store/database.ts';
import { LOCAL_HOST } from '../../../local/ports.ts';

/** A message of PostgreSQL's protocol: its type, its length, what is in it. */
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

test('a server that dies in the moment when it has taken a connection is an absent server, and does not end the process', async () => {
  const server = net.createServer((socket) => {
    socket.once('data', () =>
      socket.end(Buffer.concat([authenticationOk, readyForQuery, postmasterHasDied])),
    );
  });
  server.listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  await using database = createDatabase(`postgresql://postgres@${LOCAL_HOST}:${port}/orderly`);

  const transaction = database.transaction((db) => db.query('SELECT 1'));
  const query = database.query('SELECT 1');

  await expect(transaction).rejects.toMatchObject({ code: 'database_unavailable' });
  await expect(query).rejects.toMatchObject({ code: 'database_unavailable' });
  server.close();
});
