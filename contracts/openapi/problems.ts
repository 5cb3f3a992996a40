import * as z from 'zod';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { unacknowledgedResultSchema } from '../../lib/http/command-response-schemas.ts';
import { httpStatus, type PublicCode, problemTitles } from '../../lib/http/problem.ts';
import { everyResponse, header } from './headers.ts';

/** The problems of the API: one schema for each public code, and the responses with them. */

const fieldErrors = z
  .array(
    z.object({
      path: z.string().meta({
        description: 'The field: quantity, or 3.quantity in a bulk request. Empty for the whole body.',
      }),
      message: z.string(),
    }),
  )
  .meta({ description: 'Each fault with its path.' });

interface ProblemText {
  /** When it is answered, and what to do; docs/errors.md has the details. */
  readonly description: string;
  readonly detail: string;
  /** Fields besides those that every problem has. */
  readonly fields?: z.ZodRawShape;
  readonly fieldsExample?: Readonly<Record<string, unknown>>;
}

const texts: Readonly<Record<PublicCode, ProblemText>> = {
  malformed_json: {
    description:
      'The body is missing, is not UTF-8, is not JSON, is nested too deeply, or has a key like `__proto__`.',
    detail: 'The body is not valid JSON.',
  },
  validation_failed: {
    description:
      'The body, the path, the query or the `Idempotency-Key` breaks a rule. `errors` lists every fault. Nothing was stored.',
    detail: 'The order is not valid; see errors.',
    fields: {
      errors: fieldErrors,
      max_orders: z.int().optional().meta({
        description:
          'The limit of a minute, if a bulk request has more orders than that. Send them in several requests.',
      }),
    },
    fieldsExample: { errors: [{ path: 'quantity', message: 'must be at least 1' }] },
  },
  unauthenticated: {
    description: 'The token is missing or invalid. `detail` gives the reason.',
    detail: 'Send a token in the header "authorization: Bearer …".',
  },
  forbidden: {
    description:
      'The token lacks the scope that `detail` names. Or it is bound to one customer, and `errors` lists what it does not permit. Or it is bound to one customer, and the operation needs a token for all customers.',
    detail: 'The token lacks the scope orders:write.',
    fields: { errors: fieldErrors.optional() },
  },
  route_not_found: {
    description: 'No route has this path.',
    detail: 'No route matches /api/nothing.',
  },
  order_not_found: {
    description:
      'No order with this id is stored, or it belongs to another customer than the token’s. An order that was just accepted may not be stored yet.',
    detail:
      'No order with this id is stored. An order that was just accepted may not be stored yet: read it with ?wait=5.',
    fields: { order_id: z.string() },
    fieldsExample: { order_id: 'order-1' },
  },
  method_not_allowed: {
    description: 'The path exists, but not with this method. `Allow` lists its methods.',
    detail: '/api/orders does not support the method PUT.',
  },
  payload_too_large: {
    description: 'The body has more than `max_bytes` bytes. Routes that read no body have a limit too.',
    detail: 'The body may have at most 32768 bytes.',
    fields: { max_bytes: z.int().meta({ description: 'The limit of this route.' }) },
    fieldsExample: { max_bytes: 32_768 },
  },
  unsupported_media_type: {
    description: 'The content type is not JSON or was sent twice, or the body is compressed.',
    detail: 'Send the body with one "content-type: application/json", and without a content-encoding.',
  },
  idempotency_key_reused: {
    description: 'The `Idempotency-Key` belongs to another request of the last 24 hours. Use a new key.',
    detail:
      'This Idempotency-Key was used for another request within the last 24 hours. Send a new request under a new key.',
  },
  rate_limited: {
    description:
      'The request has more orders than the principal may still send in this minute; a read and a cancel count as one. Nothing was stored. Repeat the request after `Retry-After` seconds. Only with a limit per principal.',
    detail:
      'The limit is 6000 orders or requests a minute, of which 0 are left; this request needs 1. Send it again in 17 s.',
    fields: {
      limit: z.int().meta({ description: 'The orders that the principal may send a minute.' }),
      remaining: z.int().meta({ description: 'The orders that are left in this minute.' }),
    },
    fieldsExample: { limit: 6_000, remaining: 0 },
  },
  kafka_unavailable: {
    description:
      'Kafka did not acknowledge in time. The order may be stored or not. Repeat the request with the `order_id` or with the same `Idempotency-Key`: it takes effect once.',
    detail:
      'Kafka did not acknowledge it in time. It may be stored or not. It is safe to send it again with this order_id, or with the same Idempotency-Key.',
    fields: {
      order_id: z
        .string()
        .optional()
        .meta({ description: 'The order, unless the request was a bulk request.' }),
      results: z
        .array(unacknowledgedResultSchema)
        .optional()
        .meta({ description: 'The orders of a bulk request.' }),
    },
    fieldsExample: { order_id: 'order-1' },
  },
  database_unavailable: {
    description: 'PostgreSQL does not answer, so nothing can be read. Orders are still accepted.',
    detail: 'PostgreSQL does not answer.',
  },
  authentication_unavailable: {
    description:
      'The token cannot be checked, because the keys of its issuer cannot be read. Nothing was stored.',
    detail: 'The keys of the issuer cannot be read.',
  },
  internal_error: {
    description: 'An error in Orderly. The log has the cause under the `request_id`.',
    detail: 'An internal error occurred. The log contains the cause.',
  },
};

const pascalCase = (code: string): string =>
  code.replaceAll(/(?:^|_)([a-z])/g, (_match, letter: string) => letter.toUpperCase());

function problemSchema(code: PublicCode): z.ZodObject {
  const status = httpStatus[code];
  const { description, fields } = texts[code];
  return z
    .object({
      type: z.literal('about:blank'),
      title: z.literal(problemTitles[status]),
      status: z.literal(status),
      code: z.literal(code),
      detail: z.string().meta({ description: 'What happened, for people. It may change.' }),
      request_id: z.string().meta({ description: 'As in the header x-request-id and in the log.' }),
      ...fields,
    })
    .meta({ id: `${pascalCase(code)}Problem`, description });
}

const schemas = new Map<PublicCode, z.ZodObject>();

/** Returns the same schema each time, so that the document has it once. */
function schemaOf(code: PublicCode): z.ZodObject {
  const schema = schemas.get(code) ?? problemSchema(code);
  schemas.set(code, schema);
  return schema;
}

function exampleOf(code: PublicCode): Readonly<Record<string, unknown>> {
  const status = httpStatus[code];
  return {
    type: 'about:blank',
    title: problemTitles[status],
    status,
    code,
    detail: texts[code].detail,
    request_id: 'f3b1c9d0-6f2a-4c0e-9d3b-2a7c5e8f1a64',
    ...texts[code].fieldsExample,
  };
}

/** Responses by status. */
export type Responses = Readonly<Record<`${2 | 3 | 4 | 5}${string}`, ZodOpenApiResponseObject>>;

/** Returns a response for each status that these codes have. */
export function problemResponses(codes: readonly PublicCode[]): Responses {
  const byStatus = Map.groupBy(codes, (code) => httpStatus[code]);
  return Object.fromEntries(
    [...byStatus].flatMap(([status, [first, ...others]]) =>
      first === undefined ? [] : [[status, problemResponse(first, ...others)]],
    ),
  );
}

/** Returns the response with one of these codes, which have the same status. */
export function problemResponse(
  first: PublicCode,
  ...others: readonly PublicCode[]
): ZodOpenApiResponseObject {
  const codes = [first, ...others];
  const status = httpStatus[first];
  return {
    description: codes.map((code) => `\`${code}\`: ${texts[code].description}`).join('\n\n'),
    headers: {
      ...everyResponse,
      ...((status === 401 || status === 403) && header('WWW-Authenticate')),
      ...(status === 405 && header('Allow')),
      ...((status === 429 || status === 503) && header('Retry-After')),
    },
    content: {
      'application/problem+json': {
        schema: others.length === 0 ? schemaOf(first) : z.union(codes.map(schemaOf)),
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}
