import { identityOf, type Observations } from './checker/observations.ts';
import type { Journal } from './journal.ts';
import type { LoadPlan, PlannedCommand } from './load/planned-load.ts';
import { poisonKinds } from './load/poison.ts';

/** Counts of the commands and events in a run, by names for people. */
export type RunCounts = Readonly<Record<string, number>>;

export function runCounts(plan: LoadPlan, journal: Journal, observations: Observations): RunCounts {
  const { orders, history, records, statusEvents, deadLetters } = observations;
  const commands = [...plan.commands.values()];
  const count = (kind: PlannedCommand['kind']): number =>
    commands.filter((command) => command.kind === kind).length;
  const ordersBy = (route: string): number =>
    plan.requests
      .filter((request) => request.route === route)
      .flatMap((request): readonly PlannedCommand[] => request.commands)
      .filter(({ kind }) => kind === 'create').length;
  const ended = (status: string): number => orders.filter((order) => order.status === status).length;
  const answered = (answer: number | 'hung' | 'cut'): number =>
    journal.calls.filter((call) => call.answer === answer).length;
  const poison = poisonKinds.map((kind) => [
    `Poison: ${kind}`,
    commands.filter((command) => command.kind === 'poison' && command.poison === kind).length,
  ]);

  return {
    Orders: count('create'),
    'Orders by POST /api/orders': ordersBy('single'),
    'Orders by POST /api/orders/bulk': ordersBy('bulk'),
    'Orders by a plain Kafka producer': ordersBy('plain'),
    'Commands acknowledged': journal.acknowledged.size,
    'Requests without an acknowledgement, sent again': sum(journal.failures.values()),
    Cancels: count('cancel'),
    'Cancels by a plain Kafka producer': count('plain cancel'),
    'Cancels that won': ended('CANCELLED'),
    'Order ids sent again with the same content': count('repeat'),
    'Order ids sent again with other content': count('conflict'),
    ...Object.fromEntries(poison),
    'Orders COMPLETED': ended('COMPLETED'),
    'Orders FAILED, rejected by the receiver': ended('FAILED'),
    'History entries': history.length,
    'Records on orders': records.length,
    'Records on orders that repeat an earlier one': records.length - new Set(records.map(identityOf)).size,
    'Events on orders.status': statusEvents.length,
    'Dead letters': deadLetters.length,
    'Calls to the receiver': journal.calls.length,
    'Calls answered 500': answered(500),
    'Calls without an answer': answered('hung'),
    'Calls decided, with the connection cut before the answer': answered('cut'),
    'Calls for an order that was already decided': repeatedEffects(journal),
  };
}

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((total, number) => total + number, 0);

function repeatedEffects({ calls }: Journal): number {
  const decided = calls.filter(({ effect }) => effect !== null);
  return decided.length - new Set(decided.map(({ orderId }) => orderId)).size;
}
