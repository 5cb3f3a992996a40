import { createRandom } from './random.ts';

/** How a receiver handles a call. With two of them it decides on the order, but does not answer in time. */
export type Behaviour =
  | 'answer'
  /** Answers 500 without an effect. */
  | 'fail'
  /** Never answers, and has no effect. */
  | 'hang'
  /** Decides, but closes the connection before the answer. */
  | 'cut'
  /** Decides, but answers after the timeout of some callers. */
  | 'late';

export interface BehaviourRates {
  readonly failRate: number;
  readonly hangRate: number;
}

const CUT_RATE = 0.01;
const LATE_RATE = 0.005;
const REFUSED_RATE = 0.02;

/** Returns the behaviour for the n-th call for an order. It depends on the seed, not on other orders. */
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

/** Returns whether the receiver permanently rejects an order. */
export const isRejected = (seed: number, orderId: string): boolean =>
  createRandom(seed, `outcome of ${orderId}`).next() < REFUSED_RATE;
