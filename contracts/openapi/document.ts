import { createDocument, type ZodOpenApiOverride } from 'zod-openapi';
import { scopes } from '../../lib/auth/principal.ts';
import { version } from '../../lib/config/version.ts';
import { contractPaths } from './contract-operations.ts';
import { headers } from './headers.ts';
import { introduction } from './introduction.ts';
import { metricsOperation } from './metrics-operation.ts';
import { describeRules } from './named-rules.ts';
import { problemResponse } from './problems.ts';
import { getOrderOperation, listOrdersOperation, orderHistoryOperation } from './read-operations.ts';
import { referencePaths } from './reference-operations.ts';
import { servicePaths } from './service-operations.ts';
import { cancelOrderOperation, createOrderOperation, createOrdersBulkOperation } from './write-operations.ts';

/**
 * Applies to every schema. An answer may have further fields: zod says otherwise, because its parsers remove them. The bounds
 * of JavaScript's integers say nothing about the API.
 */
const override: ZodOpenApiOverride = ({ jsonSchema, io }) => {
  if (io === 'output' && jsonSchema.additionalProperties === false) {
    delete jsonSchema.additionalProperties;
  }
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) {
    delete jsonSchema.minimum;
  }
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) {
    delete jsonSchema.maximum;
  }
};

/** Returns the OpenAPI document of the HTTP API. */
export function openApiDocument(): unknown {
  const document = createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Orderly',
        version,
        description: introduction,
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'Orders', description: 'Create, read and cancel orders.' },
        { name: 'Service', description: 'The service itself. Needs no token.' },
        { name: 'Operations', description: 'For operators of the service and their programs.' },
      ],
      paths: {
        ...servicePaths,
        ...contractPaths,
        ...referencePaths,
        '/api/orders': { post: createOrderOperation, get: listOrdersOperation },
        '/api/orders/bulk': { post: createOrdersBulkOperation },
        '/api/orders/{order_id}': { get: getOrderOperation },
        '/api/orders/{order_id}/history': { get: orderHistoryOperation },
        '/api/orders/{order_id}/cancel': { post: cancelOrderOperation },
        '/api/metrics': { get: metricsOperation },
      },
      components: {
        headers,
        responses: {
          RouteNotFound: problemResponse('route_not_found'),
          MethodNotAllowed: problemResponse('method_not_allowed'),
        },
        securitySchemes: {
          bearer: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: `A token of the configured issuer with the scope of the operation: ${scopes.join(' or ')}. An API without an issuer, such as \`npm start\` without settings, ignores the token.`,
          },
        },
      },
    },
    { override },
  );
  return JSON.parse(JSON.stringify(document, (_key, value) => describeRules(value)));
}
