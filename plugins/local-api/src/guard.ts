import { IncomingMessage, ServerResponse } from 'node:http';
import { type Server, Socket } from 'node:net';
import { foreignHeader } from './foreign-header.ts';
import { joinRepeatedHeaders } from './join-repeated-headers.ts';

/** Runs before all listeners of a server, so that a rejected request reaches none of them. */
export function guard(server: Server): void {
  const emit = server.emit.bind(server);
  server.emit = (event: string, ...values: unknown[]): boolean => {
    const [request, answer] = values;
    if (request instanceof IncomingMessage) {
      const foreign = foreignHeader(request.headers);
      if (foreign !== undefined) {
        reject(answer, foreign);
        return true;
      }
      joinRepeatedHeaders(request);
    }
    return emit(event, ...values);
  };
}

/** Answers like the functions of the API. Closes the connection if the request is for a WebSocket. */
function reject(answer: unknown, header: string): void {
  if (answer instanceof ServerResponse) {
    const problem = {
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      code: 'forbidden',
      detail: `This server accepts requests from this machine only: the header ${header} must be localhost, 127.0.0.1, [::1] or host.docker.internal.`,
    };
    answer.writeHead(problem.status, { 'content-type': 'application/problem+json', connection: 'close' });
    answer.end(JSON.stringify(problem));
  } else if (answer instanceof Socket) {
    answer.destroy();
  }
}
