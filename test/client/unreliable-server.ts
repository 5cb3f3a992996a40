import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { LOCAL_HOST } from '../../local/process/ports.ts';

export interface ReceivedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Of `performance.now()`. */
  readonly atMs: number;
}

/** Answers one request, or fails to. */
export type Behaviour = (response: ServerResponse, request: ReceivedRequest) => void;

export interface UnreliableServer extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly ReceivedRequest[];
}

/** Starts a server whose n-th request has the n-th behaviour; the last one repeats. */
export async function startUnreliableServer(...behaviours: readonly Behaviour[]): Promise<UnreliableServer> {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: await text(incoming), atMs: performance.now() };
    const behaviour = behaviours[received.length] ?? behaviours.at(-1);
    received.push(request);
    behaviour?.(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, LOCAL_HOST, resolve));
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://${LOCAL_HOST}:${port}`,
    received,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify(body));

export const problem = (status: number, code: string, members: object = {}, headers = {}): Behaviour =>
  json(
    status,
    {
      type: 'about:blank',
      title: 'A title',
      status,
      code,
      detail: 'A detail.',
      request_id: 'r-1',
      ...members,
    },
    { 'content-type': 'application/problem+json', ...headers },
  );

export const answerText =
  (status: number, body: string, headers: Record<string, string> = {}): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(body);

/** Closes the connection without an answer. */
export const reset: Behaviour = (response) => void response.socket?.resetAndDestroy();

export const hang: Behaviour = () => {};

/** Closes the connection after a part of a body whose length it has announced. */
export const halfAnAnswer: Behaviour = (response) => {
  response.writeHead(202, { 'content-type': 'application/json', 'content-length': '500' });
  response.write('{"order_id":"o-1","sta', () => response.socket?.destroy());
};

/** Closes the connection after the first chunk. */
export const cutChunks: Behaviour = (response) => {
  response.writeHead(202, { 'content-type': 'application/json' });
  response.write('{"order_id":"o-1","sta', () => response.socket?.destroy());
};

/** Sends a byte every 20 ms, for ever. */
export const slowDrip: Behaviour = (response) => {
  response.writeHead(202, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
};
