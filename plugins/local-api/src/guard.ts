import { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, Socket } from 'node:net';
import { type ForeignHeader, foreignHeader, foreignHeaderMessage } from '../../../lib/http/foreign-header.ts';
import { hideConditions } from './hide-conditions.ts';
import { joinRepeatedHeaders } from './join-repeated-headers.ts';

/** Answers a request in place of the listeners of the server. Returns false to leave it to them. */
export type Serve = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Checks requests before all listeners of a server, so that no listener gets a rejected request. Then offers each request to
 * `serve`.
 */
export function guard(server: Server, serve: Serve = () => false): void {
  const emit = server.emit.bind(server);
  server.emit = (event: string, ...values: unknown[]): boolean => {
    const [request, response] = values;
    if (request instanceof IncomingMessage) {
      const foreign = foreignHeader(request.headers);
      if (foreign !== undefined) {
        reject(response, foreign);
        return true;
      }
      if (event === 'request' && response instanceof ServerResponse && serve(request, response)) {
        return true;
      }
      joinRepeatedHeaders(request);
      hideConditions(request);
    }
    return emit(event, ...values);
  };
}

/** Responds with the API's problem format. Closes the connection of a WebSocket request. */
function reject(response: unknown, header: ForeignHeader): void {
  if (response instanceof ServerResponse) {
    const problem = {
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'forbidden',
      detail: foreignHeaderMessage(header),
    };
    response.writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' });
    response.end(JSON.stringify(problem));
  } else if (response instanceof Socket) {
    response.destroy();
  }
}
