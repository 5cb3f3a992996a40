import { beforeEach, expect, test } from '@jest/globals';
import type { SchemaId } from '../../../lib/schema-registry/latest-schema-id.ts';
import { type SchemaIdCache, schemaIdCache } from '../../../lib/schema-registry/schema-id-cache.ts';

const BACK_OFF_MS = 30_000;
const SEVEN = Buffer.from([0, 0, 0, 0, 7]);

let now: number;
let asked: string[];
let answer: () => Promise<SchemaId>;
let cache: SchemaIdCache;

beforeEach(() => {
  now = 1_000_000;
  asked = [];
  answer = async () => ({ id: 7 });
  cache = schemaIdCache(
    (subject) => {
      asked.push(subject);
      return answer();
    },
    () => now,
  );
});

const fail = (): Promise<never> => Promise.reject(new Error('away'));

test('an id is looked up once, also by concurrent callers, and is there without waiting afterwards', async () => {
  expect(await Promise.all([cache('a'), cache('a'), cache('b')])).toEqual([SEVEN, SEVEN, SEVEN]);

  now += 10 * 365 * 24 * 3_600_000;
  expect(cache('a')).toEqual(SEVEN);
  expect(asked).toEqual(['a', 'b']);
});

test('after a failure, nobody waits or asks for 30 s, and another subject is not affected', async () => {
  answer = fail;
  expect(await cache('a')).toBeUndefined();
  answer = async () => ({ id: 7 });

  now += BACK_OFF_MS - 1;
  expect(cache('a')).toBeUndefined();
  expect(await cache('b')).toEqual(SEVEN);
  now += 1;
  expect(await cache('a')).toEqual(SEVEN);
  expect(asked).toEqual(['a', 'b', 'a']);
});

test('a clock that was set back does not prolong the back-off', async () => {
  answer = fail;
  await cache('a');
  now -= 3_600_000;
  answer = async () => ({ id: 7 });

  expect(await cache('a')).toEqual(SEVEN);
});

test('callers that wait for a look-up which fails get no id, and no error', async () => {
  answer = fail;

  expect(await Promise.all([cache('a'), cache('a')])).toEqual([undefined, undefined]);
  expect(asked).toEqual(['a']);
});
