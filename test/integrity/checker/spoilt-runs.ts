import { contentOf } from '../load/planned-load.ts';
import type { VerdictName } from './check.ts';
import { aCall, aLine, anOrder, type RunOnPaper } from './run-on-paper.ts';

type Tables = RunOnPaper['observations'];

/** Replaces what is found in a table. */
export function change<Row extends object>(
  rows: Row[],
  isMeant: (row: Row) => boolean,
  parts: Partial<Row>,
): void {
  const index = rows.findIndex(isMeant);
  const row = rows[index];
  if (row === undefined) {
    throw new Error('There is no such row to spoil.');
  }
  rows[index] = { ...row, ...parts };
}

export function remove<Row>(rows: Row[], isMeant: (row: Row) => boolean): void {
  const index = rows.findIndex(isMeant);
  if (index === -1) {
    throw new Error('There is no such row to remove.');
  }
  rows.splice(index, 1);
}

export const ofOrder =
  (id: string) =>
  ({ orderId }: { orderId: string }): boolean =>
    orderId === id;

/** An order that is not there at all, though its record is. */
export function forget({ orders, history, statusEvents }: Tables, id: string): void {
  remove(orders, ofOrder(id));
  remove(history, ofOrder(id));
  remove(history, ofOrder(id));
  remove(statusEvents, ({ event }) => event?.order_id === id);
}

/** What each verdict must catch, and what it must say of it. */
export const spoiltRuns: Readonly<
  Record<VerdictName, readonly (readonly [string, string, (run: RunOnPaper) => void])[]>
> = {
  lost: [
    [
      'an acknowledged order that is not stored',
      'completed: acknowledged, and not stored',
      ({ observations }) => forget(observations, 'completed'),
    ],
    [
      'an acknowledged order that Kafka does not have',
      'completed: acknowledged, and not in Kafka',
      ({ observations }) => remove(observations.records, ({ key }) => key === 'completed'),
    ],
    [
      'an acknowledged cancel that left no line',
      'cancelled/cancel: acknowledged, and its order’s history does not know it',
      ({ journal }) => journal.acknowledged.set('cancelled/cancel', { at: 0, eventId: 'another event' }),
    ],
    [
      'other content under an id, without a dead letter',
      'repeated/conflict-2: acknowledged, and without the dead letter that it must be',
      ({ observations }) => remove(observations.deadLetters, ({ offset }) => offset === 9),
    ],
    [
      'poison without a dead letter',
      'poison: acknowledged, and without the dead letter that it must be',
      ({ observations }) => remove(observations.deadLetters, ({ key }) => key === 'poison'),
    ],
    [
      'an order that completed without the receiver',
      'completed: COMPLETED, and the receiver has decided nothing',
      ({ journal }) => remove(journal.calls, ofOrder('completed')),
    ],
    [
      'an order that completed although the receiver refused it',
      'completed: COMPLETED, and the receiver decided 422',
      ({ journal }) => change(journal.calls, ofOrder('completed'), aCall('completed', 422)),
    ],
    [
      'a refused order that does not give the receiver’s reason',
      'refused: FAILED because of “unwell”, and the receiver said “out of stock”',
      ({ observations }) => change(observations.orders, ofOrder('refused'), { statusReason: 'unwell' }),
    ],
    [
      'an order that is stored otherwise than the receiver was told',
      'completed: stored otherwise than the receiver was told',
      ({ observations }) =>
        change(observations.orders, ofOrder('completed'), { content: contentOf(anOrder('completed', 7)) }),
    ],
  ],
  duplicate: [
    [
      'an order in two rows',
      'completed: is stored 2 times',
      ({ observations }) => observations.orders.push(...observations.orders.filter(ofOrder('completed'))),
    ],
    [
      'an order that nobody sent',
      'ghost: nobody has sent it',
      ({ observations }) => change(observations.orders, ofOrder('completed'), { orderId: 'ghost' }),
    ],
    [
      'a command with two lines',
      'uncancelled: command event of uncancelled/cancel took effect 2 times',
      ({ observations }) =>
        observations.history.push(
          ...observations.history.filter(({ eventId }) => eventId === 'event of uncancelled/cancel'),
        ),
    ],
    [
      'a command with a second line under another identity',
      'uncancelled: its history has order.cancel_requested chance, which is no record on the topic',
      ({ observations }) =>
        observations.history.push(
          aLine('uncancelled', {
            eventType: 'order.cancel_requested',
            eventId: 'chance',
            version: null,
            at: Number.MAX_SAFE_INTEGER,
          }),
        ),
    ],
    [
      'an order that ended twice',
      'completed: ended 2 times',
      ({ observations }) =>
        observations.history.push(
          aLine('completed', { eventType: 'order.fulfilled', eventId: 'second lease', version: null }),
        ),
    ],
    [
      'an order that was created twice',
      'repeated: was created 2 times',
      ({ observations }) =>
        observations.history.push(aLine('repeated', { eventId: 'event of repeated/repeat', version: null })),
    ],
    [
      'versions with a gap',
      'completed: its versions are 1, 3',
      ({ observations }) =>
        change(observations.history, ({ eventId }) => eventId === 'lease of completed', { version: 3 }),
    ],
    [
      'an order that is not at the last version of its history',
      'completed: is COMPLETED at version 3, and its history ends with COMPLETED at 2',
      ({ observations }) => change(observations.orders, ofOrder('completed'), { version: 3 }),
    ],
    [
      'an order that went on after its end',
      'completed: it went on after its end: CANCELLED, COMPLETED',
      ({ observations }) => change(observations.history, ofOrder('completed'), { status: 'CANCELLED' }),
    ],
    [
      'two different things under one key at the receiver',
      'completed: the receiver did different things',
      ({ journal }) =>
        journal.calls.push(
          aCall('completed', 200, { effect: { status: 200, content: 'other' }, beganAt: 90_000 }),
        ),
    ],
    [
      'a second effect under another key at the receiver',
      'completed: the receiver did different things',
      ({ journal }) => journal.calls.push(aCall('completed', 200, { idempotencyKey: 'other' })),
    ],
  ],
  order: [
    [
      'other content than what came first',
      'repeated: what is stored is not what came first',
      ({ observations }) =>
        change(observations.orders, ofOrder('repeated'), { content: contentOf(anOrder('repeated', 2)) }),
    ],
    [
      'a first version of a command that came later',
      'repeated: its first version is not of the command that came first',
      ({ observations }) =>
        change(observations.history, ofOrder('repeated'), { eventId: 'event of repeated/repeat' }),
    ],
    [
      'a cancel that took effect before its order',
      'uncancelled: a later command took effect before an earlier one',
      ({ observations }) =>
        change(observations.history, ({ eventId }) => eventId === 'event of uncancelled/cancel', { at: 0 }),
    ],
    [
      'versions that go back in time',
      'completed: a later version is older than an earlier one',
      ({ observations }) =>
        change(observations.history, ({ eventId }) => eventId === 'lease of completed', { at: 0 }),
    ],
    [
      'a cancel that won after the first call',
      'cancelled: is CANCELLED although it was fulfilled or about to be',
      ({ journal }) => journal.calls.push(aCall('cancelled', 500, { effect: null })),
    ],
    [
      'commands of one order in two partitions',
      'repeated: its records are on the partitions 0, 1',
      ({ observations }) =>
        change(observations.records, ({ eventId }) => eventId === 'event of repeated/repeat', {
          partition: 1,
        }),
    ],
  ],
  unaccounted: [
    [
      'an order without an end and without an attempt',
      'completed: is PROCESSING, and no attempt is due',
      ({ observations }) => change(observations.orders, ofOrder('completed'), { status: 'PROCESSING' }),
    ],
    [
      'an order without an end whose attempts are exhausted',
      'completed: is PROCESSING, and no attempt is due',
      ({ observations }) => {
        change(observations.orders, ofOrder('completed'), { status: 'PROCESSING' });
        observations.attempts.push({ orderId: 'completed', nextAttemptAt: null });
      },
    ],
    [
      'an attempt that is due for an order that has ended',
      'completed: is COMPLETED, and an attempt is due all the same',
      ({ observations }) => observations.attempts.push({ orderId: 'completed', nextAttemptAt: 1 }),
    ],
    [
      'an outbox row that is left',
      'outbox 7: order_status is not published',
      ({ observations }) => observations.outbox.push({ id: '7', kind: 'order_status', error: null }),
    ],
    [
      'an outbox row that is set aside',
      'outbox 7: redrive is set aside: too large',
      ({ observations }) => observations.outbox.push({ id: '7', kind: 'redrive', error: 'too large' }),
    ],
  ],
  status_gaps: [
    [
      'an order whose last version was not published',
      'completed: is at version 2, and 0 was published',
      ({ observations }) => remove(observations.statusEvents, ({ event }) => event?.order_id === 'completed'),
    ],
    [
      'an event with another status than is stored',
      'completed: version 2 was published otherwise than it is stored',
      ({ observations }) => changeEvent(observations, { status: 'FAILED' }),
    ],
    [
      'an event with another time than is stored',
      'completed: version 2 was published otherwise than it is stored',
      ({ observations }) => changeEvent(observations, { at: '2026-11-01T00:00:00Z' }),
    ],
    [
      'an event of another customer',
      'completed: version 2 was published otherwise than it is stored',
      ({ observations }) => changeEvent(observations, { customer_id: 'customer-2' }),
    ],
    [
      'a version that was never stored',
      'completed: version 3 was published and is not stored',
      ({ observations }) => changeEvent(observations, { version: 3 }),
    ],
    [
      'an event that cannot be read',
      'orders.status 0/9: cannot be read',
      ({ observations }) => observations.statusEvents.push({ partition: 0, offset: 9, event: null }),
    ],
  ],
  offsets: [
    [
      'a committed order that is not stored',
      'orders 0/0: of completed is committed without an effect',
      ({ observations }) => forget(observations, 'completed'),
    ],
    [
      'a committed cancel without a line',
      'orders 0/5: of uncancelled is committed without an effect',
      ({ observations }) =>
        remove(observations.history, ({ eventId }) => eventId === 'event of uncancelled/cancel'),
    ],
    [
      'committed poison without a dead letter',
      'orders 0/10: of poison is committed without an effect',
      ({ observations }) => remove(observations.deadLetters, ({ key }) => key === 'poison'),
    ],
    [
      'a position behind the end of the topic',
      'order-processing-group orders/0: committed 12, and the topic ends at 11',
      ({ observations }) => change(observations.positions, () => true, { committed: 12 }),
    ],
  ],
  dead_letters: [
    [
      'poison without a dead letter',
      'poison: has no dead letter not_json',
      ({ observations }) => remove(observations.deadLetters, ({ key }) => key === 'poison'),
    ],
    [
      'a record with two dead letters',
      'poison: 2 dead letters for event of poison/poison/bytes of poison',
      ({ observations }) =>
        observations.deadLetters.push(...observations.deadLetters.filter(({ key }) => key === 'poison')),
    ],
    [
      'a dead letter of a record that can take effect',
      'completed: dead letter 10 (not_json) is of a record that can take effect',
      ({ observations }) =>
        change(observations.deadLetters, ({ key }) => key === 'poison', { key: 'completed' }),
    ],
    [
      'a dead letter with another code',
      'poison: dead letter 10 has the code internal_error instead of not_json',
      ({ observations }) =>
        change(observations.deadLetters, ({ key }) => key === 'poison', { code: 'internal_error' }),
    ],
    [
      'a dead letter that is not open',
      'poison: dead letter 10 is redriven',
      ({ observations }) =>
        change(observations.deadLetters, ({ key }) => key === 'poison', { state: 'redriven' }),
    ],
    [
      'a dead letter without a copy on orders.dlq',
      'poison: dead letter 10 is not on orders.dlq as it is',
      ({ observations }) => remove(observations.letterCopies, ({ offset }) => offset === 10),
    ],
  ],
  calls: [
    [
      'a call that is not signed',
      'completed: the call is not signed',
      ({ journal }) =>
        journal.calls.push(aCall('completed', 401, { isSigned: false, effect: null, beganAt: 90_000 })),
    ],
    [
      'a call without the order’s id as its key',
      'completed: the call has the key undefined',
      ({ journal }) => change(journal.calls, ofOrder('completed'), { idempotencyKey: 'undefined' }),
    ],
    [
      'a call within the lease of one that is unanswered',
      'completed: was called while a call for it was under way',
      ({ journal }) => {
        const beganAt = Date.parse('2026-11-01T10:00:02Z');
        journal.calls.push(
          aCall('completed', 0, { answer: 'hung', effect: null, beganAt, endedAt: beganAt + 10_000 }),
        );
        journal.calls.push(aCall('completed', 200, { beganAt: beganAt + 5_000, endedAt: beganAt + 5_001 }));
      },
    ],
  ],
};

function changeEvent({ statusEvents }: Tables, parts: object): void {
  const index = statusEvents.findIndex(({ event }) => event?.order_id === 'completed');
  const found = statusEvents[index];
  if (found?.event == null) {
    throw new Error('There is no such event to spoil.');
  }
  statusEvents[index] = { ...found, event: { ...found.event, ...parts } };
}
