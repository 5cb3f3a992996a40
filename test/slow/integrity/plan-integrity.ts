import type { BrokerCount } from './cluster/kafka-part.ts';
import { planFaults } from './faults/plan-faults.ts';
import type { IntegrityPlan } from './integrity-run.ts';
import { planLoad } from './load/plan-load.ts';
import { createRandom } from './random.ts';

/** Leaves two cores room for the servers, and for what an outage has held up. */
const MOST_COMMANDS_PER_SECOND = 150;
/**
 * A fault and the recovery after it take some 10 s, and most commands get through meanwhile. One of three brokers is away
 * for longer than an election, and then has to catch up.
 */
const SENDING_PER_FAULT_S: Readonly<Record<BrokerCount, number>> = { 1: 7, 3: 12 };

export interface IntegritySize {
  readonly orders: number;
  readonly faults: number;
  /** Default: 1. */
  readonly brokers?: BrokerCount;
}

/** What a seed stands for: a load, and faults over the time that it takes without them. Pure. */
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
