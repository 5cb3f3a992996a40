import { beforeEach, describe, expect, test } from '@jest/globals';
import { handler as notFound } from '../../../functions/http/not-found.ts';
import { handler as welcome } from '../../../functions/http/welcome.ts';
import { httpEventFile } from '../../support/events.ts';
import { httpEvent, lambdaContext } from '../../support/http-event.ts';

beforeEach(() => {
  process.env.STAGE = 'local';
});

async function answerTo(headers: Record<string, string>) {
  const { statusCode, body } = await welcome(httpEvent('GET', '/', undefined, headers), lambdaContext);
  return { statusCode, body: JSON.parse(body ?? '') };
}

const here = [
  {},
  { host: 'localhost' },
  { host: 'localhost:3000' },
  { host: 'LOCALHOST:3000' },
  { host: '127.0.0.1:3000' },
  { host: '[::1]:3000' },
  { host: '127.0.0.1:3000', origin: 'http://localhost:5173' },
  { host: '127.0.0.1:3000', origin: 'https://127.0.0.1' },
  { host: '127.0.0.1:3000', origin: 'http://[::1]:8080' },
];

const elsewhere: [string, Record<string, string>][] = [
  ['Host', { host: 'evil.example' }],
  ['Host', { host: 'evil.example:3000' }],
  ['Host', { host: 'localhost.evil.example:3000' }],
  ['Host', { host: '127.0.0.1.evil.example' }],
  ['Host', { host: 'evil-localhost:3000' }],
  ['Host', { host: 'localhost:3000,evil.example' }],
  ['Host', { host: '127.0.0.2:3000' }],
  ['Host', { host: '' }],
  ['Host', { host: 'evil.example', origin: 'http://localhost:3000' }],
  ['Origin', { host: '127.0.0.1:3000', origin: 'https://evil.example' }],
  ['Origin', { host: '127.0.0.1:3000', origin: 'http://localhost.evil.example:3000' }],
  ['Origin', { host: '127.0.0.1:3000', origin: 'http://localhost:3000@evil.example' }],
  ['Origin', { host: '127.0.0.1:3000', origin: 'null' }],
  ['Origin', { host: '127.0.0.1:3000', origin: '' }],
];

describe('on a laptop', () => {
  test.each(here)('a request from this machine is answered: %j', async (headers) => {
    expect(await answerTo(headers)).toMatchObject({ statusCode: 200, body: { name: 'Orderly' } });
  });

  test.each(elsewhere)('a request of another %s is refused: %j', async (header, headers) => {
    expect(await answerTo(headers)).toMatchObject({
      statusCode: 403,
      body: { code: 'forbidden', detail: expect.stringContaining(`the header ${header} `) },
    });
  });

  test('an event of AWS is answered, since its Host is the API’s own name', async () => {
    const { statusCode } = await welcome(httpEventFile('welcome'), lambdaContext);

    expect(statusCode).toBe(200);
  });

  test('a page of another origin is refused in the slash form, and under a path that nobody knows', async () => {
    const headers = { host: '127.0.0.1:3000', origin: 'https://evil.example' };
    const events = ['/api/health/', '/nowhere'].map((path) => httpEvent('GET', path, undefined, headers));

    const answers = await Promise.all(events.map((event) => notFound(event, lambdaContext)));

    expect(answers.map(({ statusCode }) => statusCode)).toEqual([403, 403]);
  });
});

describe.each(['prod', 'dev', undefined])('on the stage %s', (stage) => {
  test.each(elsewhere)('a request of any %s is answered: %j', async (_header, headers) => {
    if (stage === undefined) {
      delete process.env.STAGE;
    } else {
      process.env.STAGE = stage;
    }

    expect(await answerTo(headers)).toMatchObject({ statusCode: 200 });
  });
});
