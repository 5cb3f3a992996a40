import { expect, test } from '@jest/globals';
import jsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import fc from 'fast-check';
import type { HttpMiddleware } from '../../../../lib/http/http-function.ts';
import { jsonBody } from '../../../../lib/http/middleware/request-body.ts';
import { httpEvent, lambdaContext } from '../../../support/http-event.ts';

/** Writes a key or a text in one of the ways that JSON has for it. */
const quoted = (text: string, isEscaped: boolean): string =>
  isEscaped
    ? `"${[...text].map((letter) => `\\u${(letter.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join('')}"`
    : JSON.stringify(text);

const name = fc.constantFrom('__proto__', 'constructor', 'prototype', 'price', 'a\nb', '');

const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('1', 'null', 'true', '"text"', '"__proto__"', '"\\\\"'),
    fc.array(tie('json'), { maxLength: 3 }).map((values) => `[${values.join()}]`),
    fc
      .array(fc.tuple(name, fc.boolean(), tie('json')), { maxLength: 3 })
      .map(
        (members) =>
          `{${members.map(([key, isEscaped, value]) => `${quoted(key, isEscaped)}:${value}`).join()}}`,
      ),
  ),
}));

/** Returns the parsed body; undefined if the middleware rejects it. */
function parsedBy({ before }: HttpMiddleware, event: APIGatewayProxyEventV2): unknown {
  try {
    before?.({ event, context: lambdaContext, response: undefined, error: null, internal: {} });
    return { body: event.body };
  } catch {
    return undefined;
  }
}

test('every body is parsed or rejected as by the parser of middy, in which a function checks each key', () => {
  const reference = jsonBodyParser({ disableContentTypeCheck: true });

  fc.assert(
    fc.property(json, fc.boolean(), fc.boolean(), (text, isBroken, isBase64Encoded) => {
      const sent = isBroken ? text.slice(0, -1) : text;
      const event = (): APIGatewayProxyEventV2 => ({
        ...httpEvent('POST', '/', isBase64Encoded ? Buffer.from(sent).toString('base64') : sent),
        isBase64Encoded,
      });
      fc.pre(sent !== '');

      expect(parsedBy(jsonBody(), event())).toEqual(parsedBy(reference, event()));
    }),
    { numRuns: 2_000 },
  );
});
