import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { issuerKeys } from '../../../lib/auth/issuer-keys.ts';
import { readKeySet } from '../../../lib/auth/read-key-set.ts';
import { type TokenVerifier, tokenVerifier } from '../../../lib/auth/token-verifier.ts';
import { systemClock } from '../../../lib/time/clock.ts';
import { AUDIENCE, startIssuer, type TestIssuer } from '../../support/issuer.ts';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
/** A read takes 2 s at most, and a slow machine adds to it. The number of reads shows that tokens share one. */
const BOUND_MS = 10 * SECOND_MS;

let issuer: TestIssuer;
let aheadMs: number;
let verify: TokenVerifier;

beforeEach(async () => {
  issuer = await startIssuer();
  aheadMs = 0;
  const startedAt = systemClock();
  const clock = () => startedAt + aheadMs;
  const keys = issuerKeys(() => readKeySet(issuer.jwksUrl), clock);
  verify = tokenVerifier({ issuer: issuer.issuer, audiences: [AUDIENCE] }, keys, systemClock);
});
afterEach(async () => await issuer[Symbol.asyncDispose]());

const answerTo = (token: string): Promise<string> =>
  verify(token).then(
    () => 'taken',
    (error) => error.code,
  );

/** A token with a key that the issuer never published. */
const withUnknownKey = () => issuer.token({}, { kid: crypto.randomUUID() });

describe('the keys of the issuer', () => {
  test('are read once for concurrent tokens, and for later ones', async () => {
    const token = await issuer.token();

    const answers = await Promise.all(Array.from({ length: 10 }, () => answerTo(token)));
    answers.push(await answerTo(token));

    expect(new Set(answers)).toEqual(new Set(['taken']));
    expect(issuer.asked()).toBe(1);
  });

  test('are read again for a token with a new key: a rotation needs no restart', async () => {
    await answerTo(await issuer.token());
    await issuer.rotate();
    aheadMs = MINUTE_MS;

    expect(await answerTo(await issuer.token())).toBe('taken');
  });

  test('are accepted for at most ten minutes after their withdrawal', async () => {
    const token = await issuer.token();
    await answerTo(token);
    await issuer.rotate();

    aheadMs = 9 * MINUTE_MS;
    expect(await answerTo(token)).toBe('taken');
    aheadMs = 11 * MINUTE_MS;
    expect(await answerTo(token)).toBe('unauthenticated');
  });

  test('are read once in half a minute, however many tokens have unknown keys', async () => {
    await answerTo(await issuer.token());
    aheadMs = MINUTE_MS;
    const flood = await Promise.all(Array.from({ length: 50 }, withUnknownKey));

    const answers = await Promise.all(flood.map(answerTo));
    for (const token of flood.slice(0, 10)) {
      answers.push(await answerTo(token));
    }

    expect(new Set(answers)).toEqual(new Set(['unauthenticated']));
    expect(issuer.asked()).toBe(2);
    expect(await answerTo(await issuer.token())).toBe('taken');
  });

  test('are read again half a minute after the last read, and not before', async () => {
    await answerTo(await issuer.token());
    await issuer.rotate();
    const byNewKey = await issuer.token();

    aheadMs = 29 * SECOND_MS;
    expect([await answerTo(byNewKey), issuer.asked()]).toEqual(['unauthenticated', 1]);
    aheadMs = 31 * SECOND_MS;
    expect([await answerTo(byNewKey), issuer.asked()]).toEqual(['taken', 2]);
  });

  test('are read again after two seconds while there are none, and not before', async () => {
    issuer.answers((response) => response.writeHead(503).end());
    const token = await issuer.token();
    await answerTo(token);

    aheadMs = 1.9 * SECOND_MS;
    expect([await answerTo(token), issuer.asked()]).toEqual(['authentication_unavailable', 1]);
    aheadMs = 2.1 * SECOND_MS;
    expect([await answerTo(token), issuer.asked()]).toEqual(['authentication_unavailable', 2]);
  });

  test('make an unknown key the client’s error again as soon as they can be read', async () => {
    await answerTo(await issuer.token());
    issuer.answers((response) => response.writeHead(503).end());
    aheadMs = MINUTE_MS;
    expect(await answerTo(await withUnknownKey())).toBe('authentication_unavailable');

    await issuer.rotate();
    aheadMs = 2 * MINUTE_MS;

    expect(await answerTo(await withUnknownKey())).toBe('unauthenticated');
    expect(await answerTo(await withUnknownKey())).toBe('unauthenticated');
  });

  test('may have 256 KB', async () => {
    issuer.answers((response, keys) => response.end(keys.padEnd(256 * 1024)));

    expect(await answerTo(await issuer.token())).toBe('taken');
  });
});

describe('a clock that is set back by an hour', () => {
  test('does not reject a token with a new key', async () => {
    await answerTo(await issuer.token());
    await issuer.rotate();
    aheadMs = -60 * MINUTE_MS;

    expect(await answerTo(await issuer.token())).toBe('taken');
  });

  test('does not keep a withdrawn key', async () => {
    const token = await issuer.token();
    await answerTo(token);
    await issuer.rotate();
    aheadMs = -60 * MINUTE_MS;

    expect(await answerTo(token)).toBe('unauthenticated');
  });

  test('does not delay the next read if there are no keys', async () => {
    const token = await issuer.token();
    issuer.answers((response) => response.writeHead(503).end());
    await answerTo(token);
    issuer.answers((response, keys) => response.end(keys));
    aheadMs = -60 * MINUTE_MS;

    expect(await answerTo(token)).toBe('taken');
  });
});

describe.each<[string, Parameters<TestIssuer['answers']>[0]]>([
  ['unavailable', (response) => response.destroy()],
  ['unresponsive', () => undefined],
  ['stuck in the middle of its response', (response) => response.write('{"keys":')],
  ['failing with 500, with any body', (response, keys) => response.writeHead(500).end(keys)],
  [
    'redirecting, with any body',
    (response, keys) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(keys),
  ],
  ['without a key', (response) => response.end('{"keys":[]}')],
  ['not sending JSON', (response) => response.end('<html>')],
  ['sending too much', (response, keys) => response.end(keys.padEnd(256 * 1024 + 1))],
])('while the issuer is %s', (_how, trouble) => {
  test('keys that were read stay in use, and a key that may be new is not the client’s error', async () => {
    const token = await issuer.token();
    await answerTo(token);
    issuer.answers(trouble);
    aheadMs = 60 * MINUTE_MS;

    const startedAt = performance.now();
    expect(await answerTo(token)).toBe('taken');
    expect(await answerTo(token)).toBe('taken');
    expect(await answerTo(await withUnknownKey())).toBe('authentication_unavailable');

    expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
    expect(issuer.asked()).toBe(2);
  });

  test('without keys no token is accepted, in bounded time, and every valid one is accepted after the outage', async () => {
    issuer.answers(trouble);
    const token = await issuer.token();

    const startedAt = performance.now();
    const answers = await Promise.all(Array.from({ length: 10 }, () => answerTo(token)));
    answers.push(await answerTo(token));

    expect(new Set(answers)).toEqual(new Set(['authentication_unavailable']));
    expect(performance.now() - startedAt).toBeLessThan(BOUND_MS);
    expect(issuer.asked()).toBe(1);
    await issuer.rotate();
    aheadMs = 3_000;
    expect(await answerTo(await issuer.token())).toBe('taken');
  });
});
