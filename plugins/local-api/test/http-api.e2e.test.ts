import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { until } from '../../../test/support/until.ts';
import { type Request, type Response, type Service, startService } from './support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
  // serverless-offline runs the first invocation of a function.
  await service.send({ method: 'POST', path: '/a', body: '{}' });
  await service.send({ method: 'POST', path: '/results', body: '{}' });
});
afterAll(async () => {
  await service?.interrupt();
});

/** hapi, the server of serverless-offline, adds this header to every response without one. */
const isServedByPlugin = ({ headers }: Response): boolean => headers['cache-control'] === undefined;

const functionSees = ({ body }: Response) => JSON.parse(body.toString());

const withBody = (body: Buffer | string, ...headers: string[]): Request => ({
  method: 'POST',
  path: '/a',
  headers: [...headers, 'content-length', `${Buffer.byteLength(body)}`],
  body,
});

describe('the event of a request', () => {
  /** Both bodies are renamed, because generated values can contain these texts too. */
  const renamed = ({ body }: Response): Buffer =>
    Buffer.from(
      body
        .toString()
        .replaceAll('"/b', '"/a')
        .replaceAll(/(POST|GET) \/b/g, '$1 /a')
        .replaceAll('-reference', '-plain'),
    );

  /** Sends the request to both functions. Returns what they see, with the same names. */
  async function seenByBoth({ path, ...sent }: Request) {
    const [own, reference] = [
      await service.send({ ...sent, path }),
      await service.send({ ...sent, path: path.replace('/a', '/b') }),
    ];
    expect(isServedByPlugin(reference)).toBe(false);
    return { own: { ...own, body: renamed(own) }, reference: JSON.parse(renamed(reference).toString()) };
  }

  /** Removes what differs between two invocations, after a check of its form. */
  const comparable = ({ event, context }: ReturnType<typeof functionSees>) => {
    const { time, timeEpoch, ...requestContext } = event.requestContext;
    const { awsRequestId, remainingMs, ...sameContext } = context;
    expect(time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}$/);
    expect(Math.abs(timeEpoch - Date.now())).toBeLessThan(10_000);
    expect(awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(remainingMs).toBeGreaterThan(6_000);
    expect(remainingMs).toBeLessThanOrEqual(7_000);
    return { event: { ...event, requestContext }, context: sameContext };
  };

  const path = fc.oneof(
    fc.constantFrom(
      '/a',
      '/a/fixed',
      '/a/',
      '/a/x/parts/y',
      '/a/..',
      '/a//x',
      '/a/.x',
      '/a/x/parts/',
      '/a/FIXED',
    ),
    fc.stringMatching(/^\/a\/[\w.~!$&'()*+,;=:@-]{1,8}$/),
    fc.stringMatching(/^\/a\/([a-z]|%[2-7][0-9A-Fa-f]|%C3%A9){1,4}\/parts\/[a-z0-9.]{1,4}$/),
  );
  const query = fc.oneof(
    fc.constantFrom(
      '',
      '?',
      '?&',
      '?a',
      '?=',
      '?a=b=c',
      '?%zz=%',
      '?a+b=c+d',
      '?a;b',
      '?a[]=1&a[]=2',
      '?é=%C3%A9',
      '??',
    ),
    fc
      .array(
        fc.tuple(
          fc.stringMatching(/^(a|b|%41|\+|é)$/),
          fc.stringMatching(/^(a?(=|;|\+|%2C|%zz|1|2|,)){1,4}$/),
        ),
      )
      .map((pairs) => `?${pairs.map(([name, value]) => `${name}=${value}x`).join('&')}`),
  );
  const header = fc.oneof(
    fc.constantFrom(
      'x-test',
      'X-Test',
      'x-forwarded-for',
      '__proto__',
      'constructor',
      'Accept',
      'authorization',
    ),
    fc.stringMatching(/^x-[a-z]{1,3}$/),
  );
  const headers = fc
    .array(fc.tuple(header, fc.stringMatching(/^([!-~]([ -~]{0,8}[!-~])?)?$/)), { maxLength: 6 })
    .map((list) => list.flat());
  const contentType = fc.constantFrom(
    ...[
      [],
      ['content-type', ''],
      ['Content-Type', 'application/json'],
      ['content-type', 'text/plain; charset=utf-8'],
    ],
    ...[
      ['content-type', 'application/octet-stream'],
      ['content-type', 'multipart/form-data; boundary=x'],
    ],
  );
  const body = fc.oneof(
    fc.json().filter((text) => /^[[{]/.test(text)),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '{"a":1}', '{', ' ', 'x'.repeat(100_000)),
  );
  const requests = fc
    .record({
      ...{ path, query, headers, contentType, body },
      agent: fc.constantFrom('', 'test/1.0'),
      isChunked: fc.boolean(),
      method: fc.constantFrom('POST', 'POST', 'GET'),
    })
    .map(({ path, query, headers, contentType, body, agent, isChunked, method }): Request => {
      const content = method === 'GET' ? '' : Buffer.from(body).toString();
      const length = isChunked
        ? ['transfer-encoding', 'chunked']
        : ['content-length', `${Buffer.byteLength(content)}`];
      return {
        method,
        path: encodeURI(path + query).replaceAll('%25', '%'),
        headers: [...headers, 'User-Agent', agent, ...contentType, ...(method === 'GET' ? [] : length)],
        body: content,
      };
    });

  test('equals that of serverless-offline, field by field', async () => {
    let served = 0;
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        const { own, reference } = await seenByBoth(request);
        if (isServedByPlugin(own)) {
          served += 1;
          expect(comparable(functionSees(own))).toEqual(comparable(reference));
        }
      }),
      { numRuns: 300 },
    );
    expect(served).toBeGreaterThan(100);
  });

  test('differs from that of serverless-offline where API Gateway differs from it', async () => {
    const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const differences: readonly [Partial<Request>, object, object][] = [
      // a body that is not UTF-8
      [
        { body: bytes },
        { body: bytes.toString('base64'), isBase64Encoded: true },
        { isBase64Encoded: false },
      ],
      // a body whose JSON is a text, or counts as false
      [{ body: '" "' }, { body: '" "' }, { body: ' ' }],
      [{ body: '0' }, { body: '0' }, { body: 0 }],
      [{ body: '""' }, { body: '""' }, { body: null }],
      // the body of a GET
      [{ method: 'GET', path: '/a/x', body: '{}' }, { body: '{}' }, { body: null }],
      // an empty value before another
      [{ path: '/a?x=&x=1' }, { queryStringParameters: { x: ',1' } }, { queryStringParameters: { x: '1' } }],
      // the name of a property of all objects
      [
        { path: '/a?constructor=1' },
        { queryStringParameters: { constructor: '1' } },
        { queryStringParameters: { constructor: expect.stringContaining('native code') } },
      ],
    ];
    for (const [request, ofApiGateway, ofServerlessOffline] of differences) {
      const { own, reference } = await seenByBoth({ ...withBody(request.body ?? ''), ...request });
      expect(isServedByPlugin(own)).toBe(true);
      expect(functionSees(own).event).toMatchObject(ofApiGateway);
      expect(reference.event).toMatchObject(ofServerlessOffline);
    }
  });

  test('leaves a route to serverless-offline although a parameter of a plain route matches its path', async () => {
    await service.send({ ...withBody('{}'), path: '/a/plain' }); // the function of the parameter is loaded

    const special = await service.send({ ...withBody('{}'), path: '/a/special' });
    const other = await service.send({ ...withBody('{}'), path: '/a/any/parts/other' });

    expect([special, other].map(isServedByPlugin)).toEqual([false, false]);
    expect(functionSees(special)).toMatchObject({ event: { routeKey: 'POST /a/special' } });
  });

  test('prefers a fixed segment to a parameter', async () => {
    const { event } = functionSees(await service.send({ method: 'POST', path: '/a/fixed' }));

    expect(event).toMatchObject({ routeKey: 'POST /a/fixed', pathParameters: null });
  });
});

test.each<[string, Request]>([
  ['an origin', { method: 'POST', path: '/a', headers: ['origin', 'http://localhost'] }],
  ['a cookie', { method: 'POST', path: '/a', headers: ['cookie', 'a=1'] }],
  ['an escape in its path', { method: 'POST', path: '/a/%41' }],
  ['a slash at the end of its path', { method: 'POST', path: '/a/' }],
  ['a path of the default route', { method: 'POST', path: '/nowhere' }],
])('a request with %s is left to serverless-offline', async (_, request) => {
  const response = await service.send(request);

  expect(response.status).toBe(200);
  expect(isServedByPlugin(response)).toBe(false);
});

test('each invocation has the environment of its function, also after that of another', async () => {
  const names = await Promise.all(
    ['/a', '/b', '/a', '/b', '/a'].map(async (path) => {
      const { environment } = functionSees(await service.send({ method: 'POST', path }));
      const { _HANDLER, AWS_LAMBDA_FUNCTION_NAME, SHARED } = environment;
      return { _HANDLER, AWS_LAMBDA_FUNCTION_NAME, SHARED };
    }),
  );

  expect(names.map(({ AWS_LAMBDA_FUNCTION_NAME: name }) => name?.split('-').at(-1))).toEqual([
    ...['plain', 'reference', 'plain', 'reference', 'plain'],
  ]);
  expect(names).toEqual(names.map((name) => ({ ...name, _HANDLER: 'functions.echo', SHARED: 'shared' })));
});

describe('the response', () => {
  const results = (request: object): Promise<Response> =>
    service.send({ ...withBody(JSON.stringify(request)), path: '/results' });

  test.each([
    ['a text', 'text', { status: 200, body: 'text', type: 'application/json' }],
    ['an object without a status', { a: 1 }, { status: 200, body: '{"a":1}', type: 'application/json' }],
    ['nothing', undefined, { status: 200, body: '', type: 'application/json' }],
    ['a status', { statusCode: 404, body: 'no' }, { status: 404, body: 'no', type: 'application/json' }],
    [
      'its own type',
      { statusCode: 201, headers: { 'Content-Type': 'text/plain' }, body: 'é' },
      { status: 201, body: 'é', type: 'text/plain' },
    ],
    [
      'bytes',
      { statusCode: 200, isBase64Encoded: true, body: 'YWJj' },
      { status: 200, body: 'abc', type: 'application/json' },
    ],
  ])('follows payload format 2.0 for a result with %s', async (_, result, expected) => {
    const response = await results({ result });

    expect(isServedByPlugin(response)).toBe(true);
    expect({
      status: response.status,
      body: response.body.toString(),
      type: response.headers['content-type'],
    }).toEqual(expected);
  });

  test('has the length of its body, whatever length the result claims', async () => {
    const lengths = ['1', '100'].map((length) => ({ 'Content-Length': length }));

    for (const headers of lengths) {
      const { body } = await results({ result: { statusCode: 200, headers, body: 'abc' } });
      expect(body.toString()).toBe('abc');
    }
  });

  test.each([100, 700, 'ok'])('is a 500 without headers of the result for status %s', async (statusCode) => {
    const { status, headers } = await results({
      result: { statusCode, headers: { location: '/elsewhere' } },
    });

    expect(status).toBe(500);
    expect(headers.location).toBeUndefined();
  });

  test('has the headers and cookies of the result, and nothing for 204', async () => {
    const result = {
      statusCode: 204,
      headers: { 'x-a': '1', ETag: '"x"' },
      cookies: ['a=1; HttpOnly', 'b=2'],
    };
    const { status, headers, body } = await results({ result });

    expect({ status, body: body.toString() }).toEqual({ status: 204, body: '' });
    expect(headers).toMatchObject({ 'x-a': '1', etag: '"x"', 'set-cookie': ['a=1; HttpOnly', 'b=2'] });
  });

  test('is a 500 of API Gateway if the function fails or times out, and the error is logged', async () => {
    const failed = await results({ error: 'broken on purpose' });
    const timedOut = await results({ delayMs: 1_500 });

    for (const { status, body } of [failed, timedOut]) {
      expect({ status, body: functionSees({ body } as Response) }).toEqual({
        status: 500,
        body: { message: 'Internal Server Error' },
      });
    }
    expect(service.output()).toContain('broken on purpose');
    expect(service.output()).toContain('results timed out after 1 s');
  });

  test.each([
    ['throws', '/failing', { error: 'thrown on purpose' }, 'thrown on purpose'],
    ['times out', '/slow', { delayMs: 1_500 }, 'Lambda timeout'],
    ['has a module that throws', '/unloadable', {}, 'This module cannot be loaded, on purpose.'],
    ['has no module', '/missing', {}, 'nowhere'],
  ])(
    'is a 500 of API Gateway from the first request on if the function %s, and the cause is logged',
    async (_, path, request, cause) => {
      const sent = { ...withBody(JSON.stringify(request)), path };
      const ofBrowser = { ...sent, headers: [...(sent.headers ?? []), 'origin', 'http://localhost'] };

      for (const response of [
        await service.send(sent),
        await service.send(sent),
        await service.send(ofBrowser),
      ]) {
        expect(response).toMatchObject({
          status: 500,
          headers: { 'content-type': expect.stringMatching(/^application\/json\b/) },
        });
        expect(functionSees(response)).toEqual({ message: 'Internal Server Error' });
      }
      expect(service.output()).toContain(cause);
    },
  );

  test('is an error of the function, and not of API Gateway, if a program invokes it', async () => {
    const { body } = await service.invoke('failing', { body: '{"error":"thrown on purpose"}' });

    expect(JSON.parse(body.toString())).toMatchObject({ errorMessage: 'thrown on purpose' });
  });

  test('is a 413 of API Gateway for a body above 10 MB, with and without a length', async () => {
    const body = Buffer.alloc(10 * 1_024 * 1_024 + 1, 'x');

    for (const headers of [
      ['content-length', `${body.length}`],
      ['transfer-encoding', 'chunked'],
    ]) {
      const response = await service.send({ method: 'POST', path: '/a', headers, body });
      expect(response).toMatchObject({ status: 413 });
      expect(functionSees(response)).toEqual({ message: 'Request Entity Too Large' });
    }
  });
});

test('a running request is answered when the service stops', async () => {
  const stopping = await startService();
  const results = (request: object): Promise<Response> =>
    stopping.send({ ...withBody(JSON.stringify(request)), path: '/results' });
  await results({ result: 'first' });

  const answer = results({ delayMs: 500, result: 'second' });
  await until('the function runs', () => stopping.output().includes('the function waits for 500 ms'));
  const exitCode = await stopping.interrupt();

  expect((await answer).body.toString()).toBe('second');
  expect(exitCode).toBe(0);
});
