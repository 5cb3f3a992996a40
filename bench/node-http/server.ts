import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { handler as createOrder } from '../../functions/http/create-order.ts';
import { LOCAL_HOST } from '../../local/process/ports.ts';

/**
 * The child process of `start-node-http.ts`: the handler of `POST /api/orders` behind `node:http`, without serverless-offline.
 * Sends its port to the parent process.
 */

const ROUTE = 'POST /api/orders';
const FUNCTION_TIMEOUT_MS = 15_000;

let requests = 0;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html, format 2.0 */
function eventOf({ headers, method = '', url = '' }: IncomingMessage, body: string): APIGatewayProxyEventV2 {
  const now = new Date();
  requests += 1;
  return {
    version: '2.0',
    routeKey: ROUTE,
    rawPath: url,
    rawQueryString: '',
    headers: headers as Record<string, string>,
    requestContext: {
      accountId: '000000000000',
      apiId: 'bench',
      domainName: LOCAL_HOST,
      domainPrefix: 'bench',
      http: { method, path: url, protocol: 'HTTP/1.1', sourceIp: LOCAL_HOST, userAgent: 'bench' },
      requestId: `${requests}`,
      routeKey: ROUTE,
      stage: '$default',
      time: now.toUTCString(),
      timeEpoch: now.getTime(),
    },
    body,
    isBase64Encoded: false,
  };
}

function contextUntil(endsAt: number): Context {
  const context = {
    awsRequestId: `${requests}`,
    getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()),
  };
  return context as Context;
}

const server = createServer(async (request, response) => {
  if (`${request.method} ${request.url}` !== ROUTE) {
    response.writeHead(404).end();
    return;
  }
  const event = eventOf(request, await text(request));
  const answer = await createOrder(event, contextUntil(performance.now() + FUNCTION_TIMEOUT_MS));
  response.writeHead(answer.statusCode ?? 200, answer.headers as Record<string, string>).end(answer.body);
});
server.listen(0, LOCAL_HOST);
await once(server, 'listening');
process.send?.((server.address() as AddressInfo).port);
