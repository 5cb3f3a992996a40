import { describe, expect, test } from '@jest/globals';
import { openApiFindings } from '../../../contracts/evolution/openapi.ts';

/** A small API: one operation with each part that the evolution check compares. */
const api = () => ({
  openapi: '3.1.1',
  servers: [{ url: '/' }],
  security: [{ bearer: ['read'] }],
  paths: {
    '/things': {
      post: {
        parameters: [
          { in: 'query', name: 'limit', schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 } },
          { in: 'header', name: 'If-Key', schema: { type: 'string' } },
        ],
        requestBody: {
          required: false,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/In' } } },
        },
        responses: {
          '200': {
            headers: { Location: { $ref: '#/components/headers/Location' } },
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Out' } } },
          },
          '400': {
            content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Invalid' } } },
          },
        },
      },
    },
  },
  components: {
    headers: { Location: { required: true, schema: { type: 'string' } } },
    schemas: {
      In: { type: 'object', properties: { name: { type: 'string', maxLength: 9 } }, required: ['name'] },
      Out: {
        type: 'object',
        properties: { state: { type: 'string', enum: ['open', 'closed'] }, note: { type: 'string' } },
        required: ['state'],
        additionalProperties: false,
      },
      Invalid: { type: 'object', properties: { code: { const: 'invalid' } }, required: ['code'] },
      Busy: { type: 'object', properties: { code: { const: 'busy' } }, required: ['code'] },
    },
    securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'A token.' } },
  },
});

type Api = ReturnType<typeof api>;
type Post = Api['paths']['/things']['post'];

const post = (change: (operation: Post) => unknown) => (document: Api) => {
  change(document.paths['/things'].post);
};
const schemas = (change: (all: Api['components']['schemas']) => unknown) => (document: Api) => {
  change(document.components.schemas);
};

/** The places and rules of the findings after the change. */
function findingsAfter(change: (document: Api) => unknown): readonly string[] {
  const changed = api();
  change(changed);
  return openApiFindings(api(), changed).map(({ subject, place, rule }) => `${subject}: ${place}: ${rule}`);
}

const AT = 'POST /things: ';

describe('the comparison of two OpenAPI documents', () => {
  test.each<[string, (document: Api) => unknown, string]>([
    [
      'a removed operation',
      (it) => Reflect.deleteProperty(it.paths['/things'], 'post'),
      'path: operation-removed',
    ],
    ['a removed parameter', post((it) => it.parameters.shift()), 'query parameter limit: parameter-removed'],
    [
      'a new required parameter',
      post((it) =>
        it.parameters.push(
          Object.assign({ in: 'query', name: 'tenant', schema: { type: 'string' } }, { required: true }),
        ),
      ),
      'query parameter tenant: parameter-required',
    ],
    [
      'an optional header that becomes required',
      post((it) => Object.assign(it.parameters[1] ?? {}, { required: true, name: 'if-key' })),
      'header parameter if-key: parameter-required',
    ],
    [
      'a narrower parameter',
      post((it) => Object.assign(it.parameters[0]?.schema ?? {}, { maximum: 50 })),
      'query parameter limit: maximum',
    ],
    [
      'a parameter without its default',
      post((it) => Reflect.deleteProperty(it.parameters[0]?.schema ?? {}, 'default')),
      'query parameter limit: default',
    ],
    [
      'another form of a parameter',
      post((it) => Object.assign(it.parameters[0] ?? {}, { explode: false })),
      'query parameter limit: parameter-form',
    ],
    [
      'a body that becomes required',
      post((it) => Object.assign(it.requestBody, { required: true })),
      'request body: body-required',
    ],
    [
      'another type of the body',
      post((it) => Object.assign(it.requestBody, { content: { 'application/cbor': {} } })),
      'request body: media-type-removed',
    ],
    ['a new required field', schemas((it) => it.In.required.push('size')), 'request body size: required'],
    [
      'a shorter field',
      schemas((it) => Object.assign(it.In.properties.name, { maxLength: 8 })),
      'request body name: max-length',
    ],
    ['a new success', post((it) => Object.assign(it.responses, { '201': {} })), 'response 201: status-added'],
    [
      'a removed success',
      post((it) => Reflect.deleteProperty(it.responses, '200')),
      'response 200: status-removed',
    ],
    [
      'a removed header',
      post((it) => Object.assign(it.responses['200'], { headers: {} })),
      'response 200 header Location: header-removed',
    ],
    [
      'a header that becomes optional',
      (it) => Object.assign(it.components.headers.Location, { required: false }),
      'response 200 header Location: header-removed',
    ],
    [
      'a new value in an answer',
      schemas((it) => it.Out.properties.state.enum.push('lost')),
      'response 200 state: value',
    ],
    [
      'a field of another type',
      schemas((it) => Object.assign(it.Out.properties, { state: { type: 'integer' } })),
      'response 200 state: type',
    ],
    ['a field that may be missing', schemas((it) => it.Out.required.pop()), 'response 200 state: required'],
    [
      'a removed optional field',
      schemas((it) => Reflect.deleteProperty(it.Out.properties, 'note')),
      'response 200 note: property-removed',
    ],
    [
      'a code of an error in place of another',
      schemas((it) => Object.assign(it.Invalid.properties.code, { const: 'faulty' })),
      'response 400: alternative',
    ],
    [
      'a further scope',
      post((it) => Object.assign(it, { security: [{ bearer: ['read', 'write'] }] })),
      'security: scope-narrowed',
    ],
  ])('%s is a breaking change', (_change, change, expected) => {
    expect(findingsAfter(change)).toEqual([AT + expected]);
  });

  test('another address of the server is a breaking change', () => {
    expect(findingsAfter((it) => Object.assign(it, { servers: [{ url: '/v2' }] }))).toEqual([
      'servers: /: server-removed',
    ]);
  });

  test('another way to authenticate is a breaking change', () => {
    expect(
      findingsAfter((it) => Object.assign(it.components.securitySchemes.bearer, { scheme: 'basic' })),
    ).toEqual(['components.securitySchemes.bearer: the scheme: security-scheme-changed']);
  });

  test.each<[string, (document: Api) => unknown]>([
    ['no change', () => undefined],
    ['a new operation', (it) => Object.assign(it.paths, { '/others': { get: {} } })],
    [
      'a new optional parameter',
      post((it) => it.parameters.push({ in: 'query', name: 'sort', schema: { type: 'string' } })),
    ],
    ['a wider parameter', post((it) => Object.assign(it.parameters[0]?.schema ?? {}, { maximum: 200 }))],
    ['a new optional field', schemas((it) => Object.assign(it.In.properties, { note: { type: 'string' } }))],
    ['a field that is no longer required', schemas((it) => it.In.required.pop())],
    [
      'a new field in a closed answer',
      schemas((it) => Object.assign(it.Out.properties, { more: { type: 'string' } })),
    ],
    ['a value that is no longer in an answer', schemas((it) => it.Out.properties.state.enum.pop())],
    ['a new status of an error', post((it) => Object.assign(it.responses, { '429': {} }))],
    [
      'a new code of an error',
      post((it) =>
        Object.assign(it.responses['400'].content['application/problem+json'], {
          schema: {
            anyOf: [{ $ref: '#/components/schemas/Invalid' }, { $ref: '#/components/schemas/Busy' }],
          },
        }),
      ),
    ],
    ['a removed error', post((it) => Reflect.deleteProperty(it.responses, '400'))],
    ['fewer scopes', post((it) => Object.assign(it, { security: [] }))],
    [
      'other descriptions',
      (it) => Object.assign(it.components.securitySchemes.bearer, { description: 'Another.' }),
    ],
  ])('%s is compatible', (_change, change) => {
    expect(findingsAfter(change)).toEqual([]);
  });

  test('a field of the document that is not compared is an error that names it', () => {
    const withCallbacks = post((it) => Object.assign(it, { callbacks: {} }));

    expect(() => findingsAfter(withCallbacks)).toThrow('Unrecognized key: "callbacks"');
    expect(() => findingsAfter(schemas((it) => Object.assign(it.In, { minProperties: 1 })))).toThrow(
      'contracts/openapi.json components.schemas.In: # has the unknown keyword "minProperties"',
    );
  });
});
