import { once } from 'node:events';
import http from 'node:http';
import { text } from 'node:stream/consumers';
import { LOCAL_HOST } from '../../local/process/ports.ts';
import { forbid } from './log-record/log-record.ts';

export interface ReceivedCall {
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  /** Port of the caller. */
  readonly port: number | undefined;
  /** From the header. */
  readonly orderId: string;
}

/** `hang`: no answer, ever; `cut`: the connection ends in the middle of the answer. */
export type Reply = { status: number; body?: string; headers?: http.OutgoingHttpHeaders } | 'hang' | 'cut';

export interface FulfilmentReceiver extends AsyncDisposable {
  readonly url: string;
  /** In the order of arrival. */
  readonly calls: readonly ReceivedCall[];
  /** Maximum number of concurrent calls. */
  readonly mostAtOnce: () => number;
  readonly open: () => number;
  /** Number of open connections, including idle ones. */
  readonly connections: () => number;
  reply: (call: ReceivedCall) => Reply | Promise<Reply>;
}

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** Starts a fulfilment service: a real HTTP server with the answers of a test. */
export async function startFulfilmentReceiver(
  reply: FulfilmentReceiver['reply'] = () => ({ status: 200 }),
): Promise<FulfilmentReceiver> {
  const calls: ReceivedCall[] = [];
  let open = 0;
  let mostAtOnce = 0;

  const server = http.createServer(async (request, response) => {
    open += 1;
    mostAtOnce = Math.max(mostAtOnce, open);
    response.once('close', () => {
      open -= 1;
    });
    const { url = '', headers } = request;
    const body = await text(request);
    const call = {
      path: url,
      headers,
      body,
      port: request.socket.remotePort,
      orderId: String(headers['idempotency-key']),
    };
    forbid('body', body);
    calls.push(call);
    send(response, await receiver.reply(call));
  });
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.once('close', () => {
      connections -= 1;
    });
  });
  server.keepAliveTimeout = 300_000; // connections end with the caller
  server.listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  const receiver: FulfilmentReceiver = {
    url: `http://${LOCAL_HOST}:${port}/orders?shop=1`,
    calls,
    mostAtOnce: () => mostAtOnce,
    open: () => open,
    connections: () => connections,
    reply,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return receiver;
}

function send(response: http.ServerResponse, reply: Reply): void {
  if (reply === 'hang') {
    return;
  }
  if (reply === 'cut') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"reason":');
    setImmediate(() => response.destroy());
    return;
  }
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body ?? '');
}
