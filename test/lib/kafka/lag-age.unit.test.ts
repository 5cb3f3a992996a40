import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { findAge } from '../../../lib/kafka/lag-age.ts';

const WEEK_MS = 168 * 60 * 60 * 1000;

test('an age is found to a second or a sixteenth, never rounded up, with at most 24 calls for a week', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: WEEK_MS }), async (age) => {
      let questions = 0;

      const found = await findAge((ageMs) => {
        questions += 1;
        return Promise.resolve(age > ageMs);
      }, WEEK_MS);

      expect(found).toBeLessThanOrEqual(age);
      expect(age - found).toBeLessThanOrEqual(Math.max(1_000, age / 16));
      expect(questions).toBeLessThanOrEqual(24);
    }),
  );
});

test('an age above the limit counts as nearly the limit', async () => {
  const found = await findAge(() => Promise.resolve(true), WEEK_MS);

  expect(found).toBeLessThanOrEqual(WEEK_MS);
  expect(found).toBeGreaterThan((WEEK_MS * 15) / 16);
});

test('without lag, one call is enough', async () => {
  let questions = 0;

  const found = await findAge(() => {
    questions += 1;
    return Promise.resolve(false);
  }, WEEK_MS);

  expect({ found, questions }).toEqual({ found: 0, questions: 1 });
});
