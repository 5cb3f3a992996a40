import type { oas31 } from 'zod-openapi';

/** The response headers of the API. The document has each once and refers to it. */

const requestId: oas31.HeaderObject = {
  description: 'The id of the request, also in every problem and in the log.',
  required: true,
  schema: { type: 'string', examples: ['f3b1c9d0-6f2a-4c0e-9d3b-2a7c5e8f1a64'] },
};

const fixed = (description: string, value: string): oas31.HeaderObject => ({
  description,
  required: true,
  schema: { type: 'string', const: value },
});

export const headers = {
  'x-request-id': requestId,
  'Cache-Control': fixed('Answers are not cached.', 'no-store'),
  'Contract-Cache-Control': fixed('Contracts may be cached for a minute.', 'public, max-age=60'),
  'Page-Cache-Control': fixed('The page is requested each time.', 'no-cache'),
  'File-Cache-Control': fixed(
    'Files are cached for a year: a changed file has another name.',
    'public, max-age=31536000, immutable',
  ),
  Vary: {
    description: 'Names the request header that chooses the encoding.',
    required: true,
    schema: { type: 'string', pattern: 'accept-encoding', examples: ['accept-encoding'] },
  },
  'Content-Encoding': {
    description: 'Present if `Accept-Encoding` permits gzip. Otherwise the answer is not compressed.',
    schema: { type: 'string', const: 'gzip' },
  },
  'Content-Security-Policy': {
    description: 'Permits scripts, styles, images and requests of this origin only, and icons in data: URLs.',
    required: true,
    schema: {
      type: 'string',
      pattern: "^default-src 'none'; ",
      examples: ["default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'"],
    },
  },
  Location: {
    description: 'The path of the order.',
    required: true,
    schema: { type: 'string', examples: ['/api/orders/order-1'] },
  },
  'Idempotency-Replayed': {
    description:
      'Present if the Idempotency-Key was used before: this is the answer to the first request, and nothing new was stored.',
    schema: { type: 'string', const: 'true' },
  },
  'Retry-After': {
    description: 'Seconds after which the same request may succeed.',
    required: true,
    schema: { type: 'integer', minimum: 1, examples: [1] },
  },
  'RateLimit-Policy': {
    description:
      'The orders that the principal may send (q) in a window of seconds (w): draft-ietf-httpapi-ratelimit-headers. Absent without a limit per principal.',
    schema: { type: 'string', examples: ['"orders";q=6000;w=60'] },
  },
  RateLimit: {
    description:
      'The orders that are left (r), and the seconds to the next window (t). Absent without a limit per principal, and if the limit was not checked.',
    schema: { type: 'string', examples: ['"orders";r=5702;t=17'] },
  },
  'WWW-Authenticate': {
    description:
      'The reason as a challenge of RFC 6750. API Gateway renames it to x-amzn-remapped-www-authenticate.',
    schema: { type: 'string', examples: ['Bearer error="invalid_token"'] },
  },
  Allow: {
    description: 'The methods of the path.',
    required: true,
    schema: { type: 'string', examples: ['POST, GET'] },
  },
} as const satisfies Readonly<Record<string, oas31.HeaderObject>>;

type HeaderName = keyof typeof headers;

/** Returns headers of a response, as references. */
export const header = (...names: readonly HeaderName[]): oas31.HeadersObject =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** Headers of responses to requests that a limit per principal counts. */
export const rateLimited: oas31.HeadersObject = header('RateLimit-Policy', 'RateLimit');

/** Headers of every response. */
export const everyResponse: oas31.HeadersObject = header('x-request-id', 'Cache-Control');
