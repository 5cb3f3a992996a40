import { randomInt } from 'node:crypto';
import type { OptionValues } from '../../../cli/command.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import type { BrokerCount } from './cluster/kafka-part.ts';

export const integrityHelp = `npm run test:integrity [-- --seed N] [--orders N] [--faults N] [--brokers 3] [--short] [--report FILE]
npm run test:integrity -- --broken [VARIANT …]
  Tests "never lost, never twice" on its own servers: load, faults, then verdicts, each of which must be 0.

  --seed N       repeats the load and the faults of the run that printed this seed
  --orders N     the number of orders (default: 50000)
  --faults N     the number of faults (default: 25)
  --brokers 3    three Kafka brokers with three replicas of each partition, and four more faults: a broker killed, a
                 broker frozen, the active controller killed, a leader moved. Default: one broker
  --short        3000 orders and 5 faults: one to one and a half minutes
  --broken       runs copies of the program that lack one protection each, all or the named ones: a verdict must
                 catch each. Without a name, first runs an unchanged copy, in which no verdict may find anything
  --report FILE  runs both, and writes the results to the file

  Exit code 0: every verdict was 0, all work was done, every fault recovered, nearly every fault happened at the
  planned moment, and every broken variant was caught.
`;

export const integrityOptions = ['seed', 'orders', 'faults', 'brokers', 'report'];
export const integrityFlags = ['short', 'broken'];

export interface IntegrityOptions {
  readonly seed: number;
  readonly orders: number;
  readonly faults: number;
  readonly brokers: BrokerCount;
  /** A longer run fails. */
  readonly deadlineMinutes: number;
  /** Whether to run the unbroken program. */
  readonly sound: boolean;
  /** Names of variants to run. An empty list means all; undefined means none. */
  readonly broken: readonly string[] | undefined;
  readonly report: string | undefined;
}

/** Defaults of the options. */
export const fullSize = { orders: 50_000, faults: 25, deadlineMinutes: 25 };
const SHORT = { orders: 3_000, faults: 5, deadlineMinutes: 5 };
const SEEDS = 1_000_000;

/** @throws OrderlyError with the correct usage */
export function readIntegrityOptions(
  names: readonly string[],
  given: OptionValues,
  flags: ReadonlySet<string>,
): IntegrityOptions {
  const isBroken = flags.has('broken');
  if (names.length > 0 && !isBroken) {
    throw invalidOption(`Unexpected "${names.join(' ')}": variants come after --broken.`);
  }
  const standard = flags.has('short') ? SHORT : fullSize;
  const orders = wholeNumber('orders', given.orders) ?? standard.orders;
  const faults = wholeNumber('faults', given.faults) ?? standard.faults;
  if (orders === 0) {
    throw invalidOption('--orders 0 would prove nothing.');
  }
  const timesLarger = Math.max(1, orders / standard.orders, faults / standard.faults);
  return {
    seed: wholeNumber('seed', given.seed) ?? randomInt(SEEDS),
    orders,
    faults,
    brokers: brokerCount(given.brokers),
    deadlineMinutes: Math.ceil(standard.deadlineMinutes * timesLarger),
    sound: !isBroken || given.report !== undefined,
    broken: isBroken || given.report !== undefined ? names : undefined,
    report: given.report,
  };
}

function brokerCount(text = '1'): BrokerCount {
  if (text !== '1' && text !== '3') {
    throw invalidOption(`--brokers ${text} is neither 1 nor 3.`);
  }
  return text === '3' ? 3 : 1;
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text !== undefined && !/^\d{1,9}$/.test(text)) {
    throw invalidOption(`--${name} ${text} is not an integer.`);
  }
  return text === undefined ? undefined : Number(text);
}

const invalidOption = (what: string): OrderlyError =>
  new OrderlyError('invalid_configuration', `${what} See --help.`);
