import type * as z from 'zod';
import type {
  oas31,
  ZodOpenApiOperationObject,
  ZodOpenApiParameters,
  ZodOpenApiResponseObject,
} from 'zod-openapi';
import type { Scope } from '../../lib/auth/principal.ts';
import type { PublicCode } from '../../lib/http/problem.ts';
import { everyResponse, rateLimited } from './headers.ts';
import { problemResponses, type Responses } from './problems.ts';

export interface Operation {
  /** The name of the function in `serverless.yml`. */
  readonly function: string;
  /** The `operationId`. Default: the name of the function. A function with several routes needs one for each. */
  readonly id?: string;
  readonly tag: string;
  readonly summary: string;
  readonly description: string;
  /** The scope that the token needs; absent if the operation needs no token. */
  readonly scope?: Scope;
  readonly parameters?: ZodOpenApiParameters;
  readonly body?: {
    readonly description: string;
    readonly schema: z.ZodType;
    readonly examples: oas31.ExamplesObject;
  };
  readonly answers: Responses;
  /** The codes besides those that follow from the scope, and those of every operation. */
  readonly problems?: readonly PublicCode[];
}

/** Returns a successful response with JSON. */
export const answer = (
  description: string,
  schema: z.ZodType,
  examples: Readonly<Record<string, unknown>>,
  headers: oas31.HeadersObject = {},
): ZodOpenApiResponseObject => ({
  description,
  headers: { ...everyResponse, ...headers },
  content: { 'application/json': { schema, examples: exampleValues(examples) } },
});

/** Returns examples by name. */
export const exampleValues = (examples: Readonly<Record<string, unknown>>): oas31.ExamplesObject =>
  Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));

/** Problems of every operation: each has a limit for the body, also one that reads no body. */
const ofEveryOperation = ['payload_too_large', 'internal_error'] as const;
const ofProtectedOperations = [
  'unauthenticated',
  'forbidden',
  'rate_limited',
  'authentication_unavailable',
] as const;

/** The limit counts a request before it is validated, so that errors have these headers too. */
const withRateLimit = (responses: Responses): Responses =>
  Object.fromEntries(
    Object.entries(responses).map(([status, response]) => [
      status,
      { ...response, headers: { ...response.headers, ...rateLimited } },
    ]),
  );

/** Returns the operation for the document. */
export function operation(described: Operation): ZodOpenApiOperationObject {
  const { scope, parameters, body, answers, problems = [] } = described;
  const responses = {
    ...answers,
    ...problemResponses([
      ...problems,
      ...(scope === undefined ? [] : ofProtectedOperations),
      ...ofEveryOperation,
    ]),
  };
  return {
    operationId: described.id ?? described.function,
    'x-function': described.function,
    tags: [described.tag],
    summary: described.summary,
    description: described.description,
    security: scope === undefined ? [] : [{ bearer: [scope] }],
    ...(parameters && { requestParams: parameters }),
    ...(body && {
      requestBody: {
        description: body.description,
        required: true,
        content: { 'application/json': { schema: body.schema, examples: body.examples } },
      },
    }),
    responses: scope === undefined ? responses : withRateLimit(responses),
  };
}
