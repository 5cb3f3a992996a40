import { contentOf } from '../load/planned-load.ts';
import type { VerdictName } from './check.ts';
import { aCall, aLine, anOrder, type RunOnPaper } from './run-on-paper.ts';
import { change, forget, ofOrder, remove } from './spoil.ts';
import { spoiltTopics } from './spoilt-topics.ts';

/** Name of the violation, the expected message, and the change that produces it. */
export type SpoiltRun = readonly [string, string, (run: RunOnPaper) => void];

/** The violations that each verdict must find, with their messages. */
export const spoiltRuns: Readonly<Record<VerdictName, readonly SpoiltRun[]>> = {
  lost: [
    [
      'a journal without acknowledgements',
      'completed: never acknowledged',
      ({ journal }) => journal.acknowledged.clear(),
    ],
    [
      'an acknowledged repeat that Kafka does not have',
      'repeated/repeat: acknowledged, but only the first of two records is in Kafka',
      ({ observations }) =>
        remove(observations.records, ({ eventId }) => eventId === 'event of repeated/repeat'),
    ],
    [
      'an acknowledged order that is not stored',
      'completed: acknowledged, but not stored',
      ({ observations }) => forget(observations, 'completed'),
    ],
    [
      'an acknowledged order that Kafka does not have',
      'completed: acknowledged, but not in Kafka',
      ({ observations }) => remove(observations.records, ({ key }) => key === 'completed'),
    ],
    [
      'an acknowledged cancel that left no line',
      'cancelled/cancel: acknowledged, but missing in the history of its order',
      ({ journal }) => journal.acknowledged.set('cancelled/cancel', { at: 0, eventId: 'another event' }),
    ],
    [
      'other content under an id, without a dead letter',
      'repeated/conflict-2: acknowledged, but without its dead letter',
      ({ observations }) => remove(observations.deadLetters, ({ offset }) => offset === 9),
    ],
    [
      'an acknowledged cancel by the plain producer without its dead letter',
      'early/cancel: acknowledged, but without its dead letter',
      ({ observations }) => remove(observations.deadLetters, ({ key }) => key === 'early'),
    ],
    [
      'an order whose create was suppressed by a rejected cancel with its event id',
      'early: acknowledged, but not stored',
      ({ observations }) => forget(observations, 'early'),
    ],
    [
      'poison without a dead letter',
      'poison: acknowledged, but without its dead letter',
      ({ observations }) => remove(observations.deadLetters, ({ key }) => key === 'poison'),
    ],
    [
      'an order that completed without the receiver',
      'completed: COMPLETED, but the receiver has not decided',
      ({ journal }) => remove(journal.calls, ofOrder('completed')),
    ],
    [
      'an order that completed although the receiver rejected it',
      'completed: COMPLETED, but the receiver decided 422',
      ({ journal }) => change(journal.calls, ofOrder('completed'), aCall('completed', 422)),
    ],
    [
      'a rejected order that does not give the receiver’s reason',
      'rejected: FAILED because of “unwell”, but the receiver answered “out of stock”',
      ({ observations }) => change(observations.orders, ofOrder('rejected'), { statusReason: 'unwell' }),
    ],
    [
      'an order whose stored content differs from that of its call',
      'completed: stored content differs from that of the call',
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
      'an order that no client sent',
      'ghost: no client sent it',
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
      'uncancelled: its history has order.cancel_requested chance, which is not a record on the topic',
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
      'completed: is COMPLETED at version 3, but its history ends with COMPLETED at 2',
      ({ observations }) => change(observations.orders, ofOrder('completed'), { version: 3 }),
    ],
    [
      'an order that changed after its final status',
      'completed: it changed after its final status: CANCELLED, COMPLETED',
      ({ observations }) => change(observations.history, ofOrder('completed'), { status: 'CANCELLED' }),
    ],
    [
      'two different effects under one key at the receiver',
      'completed: the receiver has different effects',
      ({ journal }) =>
        journal.calls.push(
          aCall('completed', 200, { effect: { status: 200, content: 'other' }, beganAt: 90_000 }),
        ),
    ],
    [
      'a second effect under another key at the receiver',
      'completed: the receiver has different effects',
      ({ journal }) => journal.calls.push(aCall('completed', 200, { idempotencyKey: 'other' })),
    ],
  ],
  order: [
    [
      'a cancel that was rejected long before the first call',
      'uncancelled: a cancel was rejected long before the first fulfilment call',
      ({ journal }) =>
        change(journal.calls, ofOrder('uncancelled'), { beganAt: Date.parse('2026-11-01T10:01:03Z') }),
    ],
    [
      'a hundred cancels, none of them accepted',
      'none of 102 cancels was accepted',
      (run) => {
        planCancels(run);
        remove(run.observations.history, ({ eventId }) => eventId === 'event of cancelled/cancel');
      },
    ],
    [
      'a hundred cancels, none of them rejected',
      'none of 102 cancels was rejected',
      (run) => {
        planCancels(run);
        remove(run.observations.history, ({ eventId }) => eventId === 'event of uncancelled/cancel');
      },
    ],
    [
      'other content than that of the first create',
      'repeated: the stored content is not of the first create',
      ({ observations }) =>
        change(observations.orders, ofOrder('repeated'), { content: contentOf(anOrder('repeated', 2)) }),
    ],
    [
      'a first version of a command that came later',
      'repeated: its first version is not from the first create',
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
      'a cancel that was accepted after the first call',
      'cancelled: is CANCELLED although a fulfilment call was made',
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
      'an order without an end whose attempt is due',
      'completed: is PROCESSING and has not ended',
      ({ observations }) => {
        change(observations.orders, ofOrder('completed'), { status: 'PROCESSING' });
        observations.attempts.push({ orderId: 'completed', nextAttemptAt: 1 });
      },
    ],
    [
      'a row of exhausted attempts of an order that has ended',
      'completed: is COMPLETED, but a row of its attempts remains',
      ({ observations }) => observations.attempts.push({ orderId: 'completed', nextAttemptAt: null }),
    ],
    [
      'an order without an end and without an attempt',
      'completed: is PROCESSING and has not ended',
      ({ observations }) => change(observations.orders, ofOrder('completed'), { status: 'PROCESSING' }),
    ],
    [
      'an order without an end whose attempts are exhausted',
      'completed: is PROCESSING and has not ended',
      ({ observations }) => {
        change(observations.orders, ofOrder('completed'), { status: 'PROCESSING' });
        observations.attempts.push({ orderId: 'completed', nextAttemptAt: null });
      },
    ],
    [
      'an attempt that is due for an order that has ended',
      'completed: is COMPLETED, but a row of its attempts remains',
      ({ observations }) => observations.attempts.push({ orderId: 'completed', nextAttemptAt: 1 }),
    ],
    [
      'an outbox row that remains',
      'outbox 7: order_status is not published',
      ({ observations }) => observations.outbox.push({ id: '7', kind: 'order_status', error: null }),
    ],
    [
      'an outbox row that is parked',
      'outbox 7: redrive is parked: too large',
      ({ observations }) => observations.outbox.push({ id: '7', kind: 'redrive', error: 'too large' }),
    ],
  ],
  ...spoiltTopics,
};

/** Plans so many cancels that some should be accepted and some rejected. */
function planCancels(run: RunOnPaper): void {
  for (let index = 0; index < 100; index += 1) {
    const id = `uncancelled/cancel-${index}`;
    run.plan.commands.set(id, { id, kind: 'cancel', orderId: 'uncancelled' });
  }
}
