import type { Random } from '../random.ts';
import type { OddHeaders } from './odd-headers.ts';
import type { OrderCommand, PlainCancelCommand, PlainCommand } from './planned-load.ts';

const CANCEL = 'order.cancel_requested';
const MISTYPED = 'order.cancel';

/** Turns an order into the commands of a plain producer. */
const recipes: readonly ((create: OrderCommand) => readonly PlainCommand[])[] = [
  (create) => [withHeaders(create, 'names of Object.prototype')],
  (create) => [withHeaders(create, 'thousands of headers')],
  (create) => [withHeaders(create, 'one event id for many orders')],
  // The cancel comes first and is rejected. Its event id must not suppress the create.
  (create) => [
    cancelOf(create, 'an event id shared with a cancel'),
    withHeaders(create, 'an event id shared with a cancel'),
  ],
  // The mistyped cancel is rejected. The corrected one must take effect.
  (create) => [
    create,
    cancelOf(create, 'an event id shared with a cancel', MISTYPED),
    cancelOf(create, 'an event id shared with a cancel'),
  ],
  (create) => [withHeaders(create, 'an empty event id'), cancelOf(create, 'an empty event id')],
  (create) => [
    withHeaders(create, 'an event id that is not UTF-8'),
    cancelOf(create, 'another event id that is not UTF-8'),
  ],
];

const SHARE_OF_A_RECIPE = 0.04;

/** Returns the commands of one plain request for these orders: some with odd headers, some with cancels. */
export const plainCommands = (random: Random, creates: readonly OrderCommand[]): PlainCommand[] =>
  creates.flatMap((create) => {
    const recipe = recipes[Math.floor(random.next() / SHARE_OF_A_RECIPE)];
    return recipe?.(create) ?? [create];
  });

const withHeaders = (create: OrderCommand, headers: OddHeaders): OrderCommand => ({ ...create, headers });

const cancelOf = ({ id }: OrderCommand, headers: OddHeaders, eventType = CANCEL): PlainCancelCommand => ({
  id: `${id}/${eventType}`,
  kind: 'plain cancel',
  orderId: id,
  eventType,
  headers,
});
