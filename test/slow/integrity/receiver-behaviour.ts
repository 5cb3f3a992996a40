import { createRandom } from './random.ts';

/** What a receiver does with a call. Two of them decide on the order and yet do not say so in time. */
export type Behaviour =
  | 'answer'
  /** Answers 500, and has done nothing. */
  | 'fail'
  /** Never answers, and has done nothing. */
  | 'hang'
  /** Decides, and its answer is lost: the connection breaks. */
  | 'cut'
  /** Decides, and answers later than some callers wait. */
  | 'late';

export interface BehaviourRates {
  readonly failRate: number;
  readonly hangRate: number;
}

const CUT_RATE = 0.01;
const LATE_RATE = 0.005;
const REFUSED_RATE = 0.02;

/** Of the n-th call for an order; the same for the same seed, whatever the other orders do. */
export function behaviourOf(
  seed: number,
  orderId: string,
  call: number,
  { failRate, hangRate }: BehaviourRates,
): Behaviour {
  const chance = createRandom(seed, `call ${call} for ${orderId}`).next();
  const bounds: readonly (readonly [Behaviour, number])[] = [
    ['fail', failRate],
    ['hang', hangRate],
    ['cut', CUT_RATE],
    ['late', LATE_RATE],
  ];
  let bound = 0;
  for (const [behaviour, rate] of bounds) {
    bound += rate;
    if (chance < bound) {
      return behaviour;
    }
  }
  return 'answer';
}

/** Which orders are refused for good. */
export const isRefused = (seed: number, orderId: string): boolean =>
  createRandom(seed, `outcome of ${orderId}`).next() < REFUSED_RATE;
