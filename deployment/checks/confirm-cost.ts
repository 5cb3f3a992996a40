import type { Output } from '../../cli/output.ts';
import { perDayAndMonth, plannedFloor } from '../cost/planned-floor.ts';
import type { Target } from '../options.ts';
import { type Ask, confirm } from './confirm.ts';

export interface CostToConfirm {
  readonly target: Target;
  /** The parameters of this deployment, and of the previous one; undefined if there was none. */
  readonly next: ReadonlyMap<string, string>;
  readonly previous: ReadonlyMap<string, string> | undefined;
  /** True for a dry run: it deploys nothing and needs no confirmation. */
  readonly isDryRun: boolean;
  /** True if the command line confirms the cost (`--yes`). */
  readonly isConfirmed: boolean;
  readonly ask: Ask;
}

/**
 * Prints the cost of the infrastructure, and asks for confirmation if it rises.
 * @throws OrderlyError if it is not confirmed.
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
    output.warn(`Brokers of the type ${next.get('kafkaInstanceType')} are priced as kafka.m7g.large`);
  }
  if (isDryRun || isConfirmed || (floor <= before && !hasOtherBrokers)) {
    return;
  }
  await confirm({
    text: `From now on AWS charges about ${price} for the stage ${stage}${previous === undefined ? '' : `, up from ${perDayAndMonth(before)}`}. "npm run remove -- --stage ${stage} --infrastructure" stops these charges.`,
    stage,
    ask,
    otherwise: 'Nothing was changed',
    withoutTerminal: '--yes confirms what the stage costs.',
  });
}
