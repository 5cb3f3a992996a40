import type { Output } from '../local/output.ts';
import { type Ask, confirm } from './confirm.ts';
import { perDayAndMonth, plannedFloor } from './cost/planned-floor.ts';
import type { Target } from './options.ts';

export interface CostToConfirm {
  readonly target: Target;
  /** What the infrastructure will be deployed with, and was; undefined: there is none. */
  readonly next: ReadonlyMap<string, string>;
  readonly previous: ReadonlyMap<string, string> | undefined;
  /** Whether nothing is made now, so that nothing has to be confirmed. */
  readonly isDryRun: boolean;
  /** Whether it was confirmed on the command line. */
  readonly isConfirmed: boolean;
  readonly ask: Ask;
}

/**
 * Says what the infrastructure costs, and asks before that becomes more.
 * @throws OrderlyError when it is not confirmed.
 */
export async function confirmCost(
  { target: { stage }, next, previous, isDryRun, isConfirmed, ask }: CostToConfirm,
  output: Output,
): Promise<void> {
  const floor = plannedFloor(next);
  const before = previous === undefined ? 0 : plannedFloor(previous);
  const price = perDayAndMonth(floor);
  output.warn(
    `The stage costs about ${price} before the first order, used or not, until it is removed (docs/cost.md)`,
  );
  const hasOtherBrokers = next.get('kafkaInstanceType') !== previous?.get('kafkaInstanceType');
  if (hasOtherBrokers && next.has('kafkaInstanceType')) {
    output.warn(`Brokers of the type ${next.get('kafkaInstanceType')} are counted as kafka.m7g.large`);
  }
  if (isDryRun || isConfirmed || (floor <= before && !hasOtherBrokers)) {
    return;
  }
  await confirm({
    text: `From now on AWS charges about ${price} for the stage ${stage}${previous === undefined ? '' : `, up from ${perDayAndMonth(before)}`}. "npm run remove -- --stage ${stage} --infrastructure" ends that.`,
    stage,
    ask,
    otherwise: 'Nothing was changed',
    withoutTerminal: '--yes confirms what the stage costs.',
  });
}
