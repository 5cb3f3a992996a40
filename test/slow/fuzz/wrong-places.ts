import type { FuzzedDocument } from './fuzzed-document.ts';

/** One change that makes a document wrong, and the finding that must report it. */
interface WrongPlace {
  readonly what: string;
  /** Where the document is changed. */
  readonly path: readonly string[];
  /** The new value; absent to remove the place. */
  readonly value?: unknown;
  readonly finding: string;
}

const ordersPath = ['paths', '/api/orders'];

/** For the document of an open API. Each has an operation of its own, so that a finding reports one change. */
export const wrongPlaces: readonly WrongPlace[] = [
  {
    what: 'a status is missing',
    path: [...ordersPath, 'post', 'responses', '400'],
    finding: 'POST /api/orders: status_code_conformance (400)',
  },
  {
    what: 'a field of an answer is missing',
    path: ['components', 'schemas', 'AcceptedCancel'],
    value: { type: 'object', properties: { order_id: { type: 'string' } }, additionalProperties: false },
    finding: 'POST /api/orders/{order_id}/cancel: response_schema_conformance (202)',
  },
  {
    what: 'a value of an answer is missing',
    path: ['components', 'schemas', 'Order', 'properties', 'status', 'enum'],
    value: ['PROCESSING'],
    finding: 'GET /api/orders/{order_id}: response_schema_conformance (200)',
  },
  {
    what: 'an answer has another content type',
    path: ['paths', '/api/health', 'get', 'responses', '200', 'content'],
    value: { 'text/plain': {} },
    finding: 'GET /api/health: content_type_conformance (200)',
  },
  {
    what: 'an answer has a header that is never sent',
    path: ['paths', '/', 'get', 'responses', '200', 'headers', 'ETag'],
    value: { required: true, schema: { type: 'string' } },
    finding: 'GET /: response_headers_conformance (200)',
  },
  {
    what: 'more values are allowed',
    path: ['components', 'schemas', 'OrderRequest', 'properties', 'quantity', 'maximum'],
    value: 2_000_000,
    finding: 'POST /api/orders/bulk: positive_data_acceptance (400)',
  },
  {
    what: 'fewer values are allowed',
    path: [...ordersPath, 'get', 'parameters', '0', 'schema', 'maximum'],
    value: 100,
    finding: 'GET /api/orders: negative_data_rejection (200)',
  },
  {
    what: 'a token is required',
    path: ['paths', '/api/orders/{order_id}/history', 'get', 'security'],
    value: [{ bearer: [] }],
    finding: 'GET /api/orders/{order_id}/history: ignored_auth (200)',
  },
];

/** Makes these changes to a document. */
export function makeWrong(document: FuzzedDocument, places = wrongPlaces): void {
  for (const { path, value } of places) {
    const name = path.at(-1) ?? '';
    const parent = path
      .slice(0, -1)
      .reduce<unknown>((found, key) => Reflect.get(Object(found), key), document);
    Reflect.set(Object(parent), name, value); // JSON omits an undefined value
  }
}
