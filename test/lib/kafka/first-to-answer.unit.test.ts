import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { firstToAnswer } from '../../../lib/kafka/first-to-answer.ts';

/** Answers with the candidate's name, fails, or stays silent until another candidate has answered. */
const ask = async (candidate: string, over: AbortSignal): Promise<string> => {
  if (candidate.startsWith('silent')) {
    await delay(60_000, undefined, { signal: over });
  }
  if (candidate.startsWith('dead')) {
    throw new Error(candidate);
  }
  return candidate;
};

describe('the first of several brokers to answer', () => {
  test.each([
    ['is the first when it lives', ['a', 'b'], 'a', 0],
    ['is asked at once when the previous ones are dead', ['dead-1', 'dead-2', 'a'], 'a', 0],
    ['is asked after half a second when the previous one is silent', ['silent', 'a'], 'a', 500],
    ['need not be the last broker of the list', ['silent-1', 'silent-2', 'dead', 'a'], 'a', 1_000],
  ])('%s', async (_what, candidates, expected, ms) => {
    const startedAt = performance.now();

    expect(await firstToAnswer(candidates, ask)).toBe(expected);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(ms - 5);
  });

  test('aborts the other requests', async () => {
    const given: boolean[] = [];

    await firstToAnswer(['silent', 'a'], (candidate, over) => {
      over.addEventListener('abort', () => given.push(candidate === 'silent'));
      return ask(candidate, over);
    });

    expect(given).toEqual([true, false]);
  });

  test('is missing if all candidates fail: rejects with the last failure', async () => {
    await expect(firstToAnswer(['dead-1', 'dead-2'], ask)).rejects.toThrow('dead-2');
  });

  test('is not awaited after the caller aborts', async () => {
    const gone = new AbortController();
    const reason = new Error('deadline passed');

    const answer = firstToAnswer(['silent'], ask, gone.signal);
    gone.abort(reason);

    await expect(answer).rejects.toBe(reason);
  });
});
