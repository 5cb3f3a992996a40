import type { BrokerCount } from './cluster/kafka-part.ts';
import { planFaults } from './faults/plan-faults.ts';
import type { IntegrityPlan } from './integrity-run.ts';
import { planLoad } from './load/plan-load.ts';
import { createRandom } from './random.ts';

/** On two cores, leaves CPU time for the servers and for the backlog after an outage. */
const MOST_COMMANDS_PER_SECOND = 150;
/**
 * A fault and its recovery take some 10 s, and most commands succeed meanwhile. One of three brokers is unavailable for
 * longer than an election, and then must catch up.
 */
const SENDING_PER_FAULT_S: Readonly<Record<BrokerCount, number>> = { 1: 7, 3: 12 };

export interface IntegritySize {
  readonly orders: number;
  readonly faults: number;
  /** Default: 1. */
  readonly brokers?: BrokerCount;
}

/** Plans, from a seed, the load and the faults during it. Pure. */
export function planIntegrity(
  seed: number,
  size: IntegritySize,
): Pick<IntegrityPlan, 'seed' | 'load' | 'commandsPerSecond' | 'faults' | 'brokers'> {
  const { brokers = 1 } = size;
  const load = planLoad(createRandom(seed, 'load'), { orders: size.orders });
  const forAllFaults = load.commands.size / (size.faults * SENDING_PER_FAULT_S[brokers]);
  const commandsPerSecond = Math.min(MOST_COMMANDS_PER_SECOND, forAllFaults);
  const durationMs = (load.commands.size / commandsPerSecond) * 1_000;
  const faults = planFaults(createRandom(seed, 'faults'), { count: size.faults, durationMs, brokers });
  return { seed, load, commandsPerSecond, faults, brokers };
}
