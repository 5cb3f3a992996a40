/** The precision that an alarm needs: 1 s, or a sixteenth of the age. */
const SMALLEST_STEP_MS = 1_000;
const STEPS_PER_AGE = 16;

/**
 * Finds an age in ms by exponential and then binary search. Starts with small ages, because most are small; a week needs at
 * most 24 calls of `isOlderThan`. Rounds down. An age above the limit becomes nearly the limit.
 */
export async function findAge(
  isOlderThan: (ageMs: number) => Promise<boolean>,
  limitMs: number,
): Promise<number> {
  let lower = 0;
  let upper = SMALLEST_STEP_MS;
  while (upper < limitMs && (await isOlderThan(upper))) {
    lower = upper;
    upper *= 2;
  }
  upper = Math.min(upper, limitMs);
  while (upper - lower > Math.max(SMALLEST_STEP_MS, lower / STEPS_PER_AGE)) {
    const middle = (lower + upper) / 2;
    if (await isOlderThan(middle)) {
      lower = middle;
    } else {
      upper = middle;
    }
  }
  return lower;
}
