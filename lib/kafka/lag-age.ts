/** Precise enough for an alarm: to a second, or a sixteenth of the age. */
const SMALLEST_STEP_MS = 1_000;
const STEPS_PER_AGE = 16;

/**
 * Finds an age by asking whether it is more than this, from small to large, since it is small as a rule: 24 questions at
 * the most for a week. Rounded down; one that is more than the limit counts as nearly the limit.
 */
export async function findAge(
  isMoreThan: (ageMs: number) => Promise<boolean>,
  limitMs: number,
): Promise<number> {
  let least = 0;
  let most = SMALLEST_STEP_MS;
  while (most < limitMs && (await isMoreThan(most))) {
    least = most;
    most *= 2;
  }
  most = Math.min(most, limitMs);
  while (most - least > Math.max(SMALLEST_STEP_MS, least / STEPS_PER_AGE)) {
    const middle = (least + most) / 2;
    if (await isMoreThan(middle)) {
      least = middle;
    } else {
      most = middle;
    }
  }
  return least;
}
