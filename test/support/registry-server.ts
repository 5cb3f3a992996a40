import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { LOCAL_HOST } from '../../local/process/ports.ts';

/** An HTTP server in the place of a schema registry, for answers that a real one gives only when it is broken. */
export interface RegistryServer extends AsyncDisposable {
  readonly url: string;
  readonly received: readonly IncomingMessage[];
  /** Replaces the answers. */
  answers(how: (response: ServerResponse) => void): void;
}

export async function startRegistryServer(): Promise<RegistryServer> {
  const received: IncomingMessage[] = [];
  let answer = (response: ServerResponse): void => void response.end('{"id":7}');
  const server = createServer((request, response) => {
    received.push(request);
    answer(response);
  }).listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const { port } = Object(server.address());
  return {
    url: `http://${LOCAL_HOST}:${port}`,
    received,
    answers: (how) => {
      answer = how;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
