import { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, Socket } from 'node:net';
import { foreignHeader } from './foreign-header.ts';
import { joinRepeatedHeaders } from './join-repeated-headers.ts';

/** Checks requests before all listeners of a server, so that no listener gets a rejected request. */
export function guard(server: Server): void {
  const emit = server.emit.bind(server);
  server.emit = (event: string, ...values: unknown[]): boolean => {
    const [request, response] = values;
    if (request instanceof IncomingMessage) {
      const foreign = foreignHeader(request.headers);
      if (foreign !== undefined) {
        reject(response, foreign);
        return true;
      }
      joinRepeatedHeaders(request);
    }
    return emit(event, ...values);
  };
}

/** Responds with the API's problem format. Closes the connection of a WebSocket request. */
function reject(response: unknown, header: string): void {
  if (response instanceof ServerResponse) {
    const problem = {
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'forbidden',
      detail: `This server accepts requests from this machine only: the header ${header} must be localhost, 127.0.0.1, [::1] or host.docker.internal.`,
    };
    response.writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' });
    response.end(JSON.stringify(problem));
  } else if (response instanceof Socket) {
    response.destroy();
  }
}
