import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';

const [port = '8081', secret = ''] = process.argv.slice(2);
const signingKey = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');

interface Answer {
  readonly status: number;
  readonly body: { readonly reason?: string };
}

/** Answers by idempotency key. In production, store the answer in the transaction that fulfils the order. */
const answers = new Map<string, Answer>();

function fulfil(order: { order_id: string; product_id: string; quantity: number }): Answer {
  if (order.product_id === 'sold-out') {
    return { status: 422, body: { reason: 'This product is sold out.' } };
  }
  console.log(`shipped ${order.quantity} x ${order.product_id} for ${order.order_id}`);
  return { status: 200, body: {} };
}

/** Checks the signature of https://www.standardwebhooks.com. Rejects calls older than five minutes, to prevent replays. */
function isAuthentic(headers: IncomingHttpHeaders, body: string): boolean {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  const expected = Buffer.from(
    `v1,${createHmac('sha256', signingKey).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  const given = String(signatures)
    .split(' ')
    .map((signature) => Buffer.from(signature));
  const isFresh = Math.abs(Date.now() / 1_000 - Number(timestamp)) < 300;
  return isFresh && given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}

const server = createServer(async (request, response) => {
  const body = await text(request);
  if (!isAuthentic(request.headers, body)) {
    response.writeHead(401).end();
    return;
  }
  const key = String(request.headers['idempotency-key']);
  const answer = answers.get(key) ?? fulfil(JSON.parse(body));
  answers.set(key, answer);
  response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body));
});
server.listen(Number(port), '127.0.0.1', () => console.log(`waiting for orders on port ${port}`));
