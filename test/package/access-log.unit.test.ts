import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import * as z from 'zod';

const { format } = z
  .object({ provider: z.object({ logs: z.object({ httpApi: z.object({ format: z.string() }) }) }) })
  .parse(parse(readFileSync('serverless.yml', 'utf8'))).provider.logs.httpApi;

const MESSAGE = 'Service Unavailable';

/**
 * Formats a line as API Gateway does:
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const line = (answer: (variable: string) => string): string =>
  format.replace(/\$context((?:\.\w+)+)/g, (_whole, path: string) => answer(path.slice(1)));

const ofFailed = (variable: string): string =>
  ({ 'error.message': MESSAGE, 'error.messageString': `"${MESSAGE}"` })[variable] ?? '503';

describe('a line of the access log is JSON', () => {
  test('when no variable has a value, which API Gateway writes as -', () => {
    const values = Object.values(JSON.parse(line(() => '-')));

    expect(values).toEqual(values.map(() => '-'));
  });

  test('when API Gateway itself answers with an error, and names it', () => {
    expect(JSON.parse(line(ofFailed))).toMatchObject({ status: '503', error: MESSAGE });
  });
});
