import dgram from 'node:dgram';
import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { assertPortFree, freePort, LOCAL_HOST, listeningInodes } from '../../../local/process/ports.ts';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2384 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51234 1 0 100 0 0 10 0
   1: 0100007F:2384 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 51300 1 0 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 40001 1 0 100 0 0 10 0
`;

describe('listeningInodes', () => {
  test('finds the socket that listens on the port, not its connections', () => {
    expect(listeningInodes(TABLE, 9092)).toEqual(['51234']);
  });

  test('finds nothing for a port without a listener', () => {
    expect(listeningInodes(TABLE, 9093)).toEqual([]);
  });
});

describe('freePort', () => {
  test('gives no other process the same port before a server listens on it', async () => {
    const port = await freePort();
    const other = dgram.createSocket('udp4'); // the first step of another process
    const claimed = once(other, 'listening');

    other.bind({ address: LOCAL_HOST, port, exclusive: true });

    const rejected = expect(claimed).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await rejected.finally(() => other.close());
  });

  test('leaves the port free for its server', async () => {
    const server = net.createServer().listen(await freePort(), LOCAL_HOST);

    await expect(once(server, 'listening')).resolves.toEqual([]);
    server.close();
  });
});

describe('assertPortFree', () => {
  test('a free port is accepted', async () => {
    await expect(assertPortFree(await freePort(), 'the API', 'API_PORT')).resolves.toBeUndefined();
  });

  test('a busy port is rejected with its owner and the variable that changes it', async () => {
    const port = await freePort();
    const server = net.createServer().listen(port, LOCAL_HOST);
    await once(server, 'listening');

    const rejected = expect(assertPortFree(port, 'the API', 'API_PORT')).rejects.toMatchObject({
      code: 'local_stack',
      message: expect.stringMatching(
        new RegExp(
          `^Port ${port} for the API is in use by pid ${process.pid} \\(.+\\): .* set API_PORT to another port`,
        ),
      ),
    });

    await rejected.finally(() => server.close());
  });
});
