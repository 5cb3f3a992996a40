import { aCall, type RunOnPaper } from './run-on-paper.ts';
import { change, forget, ofOrder, remove } from './spoil.ts';
import type { SpoiltRun } from './spoilt-runs.ts';

/** The violations that the verdicts on topics and calls must find. */
export const spoiltTopics: Readonly<
  Record<'status_gaps' | 'offsets' | 'dead_letters' | 'calls' | 'recreated', readonly SpoiltRun[]>
> = {
  status_gaps: [
    [
      'an order whose last version was not published',
      'completed: is at version 2, but 0 was published',
      ({ observations }) => remove(observations.statusEvents, ({ event }) => event?.order_id === 'completed'),
    ],
    [
      'an event with another status than is stored',
      'completed: version 2 was published with other content than is stored',
      ({ observations }) => changeEvent(observations, { status: 'FAILED' }),
    ],
    [
      'an event with another time than is stored',
      'completed: version 2 was published with other content than is stored',
      ({ observations }) => changeEvent(observations, { at: '2026-11-01T00:00:00Z' }),
    ],
    [
      'an event of another customer',
      'completed: version 2 was published with other content than is stored',
      ({ observations }) => changeEvent(observations, { customer_id: 'customer-2' }),
    ],
    [
      'a version that was never stored',
      'completed: version 3 was published but is not stored',
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
      'groups without positions',
      'order-fulfilment-group: has no committed offset',
      ({ observations }) => observations.positions.splice(0),
    ],
    [
      'a partition without a position',
      'order-processing-group orders/3: committed 0 of 1 records',
      ({ observations }) =>
        change(observations.records, ({ key }) => key === 'poison', { partition: 3, offset: 0 }),
    ],
    [
      'a group that lags behind',
      'order-fulfilment-group orders.status/0: committed 0 of 6 records',
      ({ observations }) =>
        change(observations.positions, ({ topic }) => topic === 'orders.status', { committed: 0 }),
    ],
    [
      'a committed order that is not stored',
      'orders 0/0: the record of completed is committed without an effect',
      ({ observations }) => forget(observations, 'completed'),
    ],
    [
      'a committed cancel without a line',
      'orders 0/5: the record of uncancelled is committed without an effect',
      ({ observations }) =>
        remove(observations.history, ({ eventId }) => eventId === 'event of uncancelled/cancel'),
    ],
    [
      'committed poison without a dead letter',
      'orders 0/10: the record of poison is committed without an effect',
      ({ observations }) => remove(observations.deadLetters, ({ key }) => key === 'poison'),
    ],
    [
      'a position behind the end of the topic',
      'order-processing-group orders/0: committed 14, but the topic ends at 13',
      ({ observations }) => change(observations.positions, () => true, { committed: 14 }),
    ],
  ],
  dead_letters: [
    [
      'a copy on orders.dlq with other bytes',
      'poison: dead letter 10 has no equal copy on orders.dlq',
      ({ observations }) => change(observations.letterCopies, ({ offset }) => offset === 10, { digest: '' }),
    ],
    [
      'a copy on orders.dlq under another key',
      'poison: dead letter 10 has no equal copy on orders.dlq',
      ({ observations }) => change(observations.letterCopies, ({ offset }) => offset === 10, { key: '' }),
    ],
    [
      'a copy on orders.dlq with other headers',
      'poison: dead letter 10 has no equal copy on orders.dlq',
      ({ observations }) => change(observations.letterCopies, ({ offset }) => offset === 10, { headers: '' }),
    ],
    [
      'a dead letter with other headers than its record',
      'poison: has no dead letter not_json',
      ({ observations }) => change(observations.deadLetters, ({ key }) => key === 'poison', { headers: '' }),
    ],
    [
      'a cancel before its order without a dead letter, though the order has a line with its event id',
      'early: has no dead letter order_unknown',
      ({ observations }) => remove(observations.deadLetters, ({ key }) => key === 'early'),
    ],
    [
      'a copy on orders.dlq with another code',
      'poison: dead letter 10 has no equal copy on orders.dlq',
      ({ observations }) => change(observations.letterCopies, ({ offset }) => offset === 10, { code: 'x' }),
    ],
    [
      'poison without a dead letter',
      'poison: has no dead letter not_json',
      ({ observations }) => remove(observations.deadLetters, ({ key }) => key === 'poison'),
    ],
    [
      'a record with two dead letters',
      'poison: 2 dead letters for event of poison/poison/bytes of poison/headers of poison',
      ({ observations }) =>
        observations.deadLetters.push(...observations.deadLetters.filter(({ key }) => key === 'poison')),
    ],
    [
      'a dead letter of a record that can take effect',
      'completed: dead letter 10 (not_json) is for a record that can take effect',
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
      'poison: dead letter 10 has no equal copy on orders.dlq',
      ({ observations }) => remove(observations.letterCopies, ({ offset }) => offset === 10),
    ],
  ],
  calls: [
    [
      'a call long after the order had ended',
      'completed: was called after its final status',
      ({ journal }) =>
        journal.calls.push(aCall('completed', 200, { beganAt: Date.parse('2026-11-01T10:00:33Z') })),
    ],
    [
      'a second call soon after the order had ended',
      'completed: was called after its final status',
      ({ journal }) =>
        journal.calls.push(
          aCall('completed', 200, { beganAt: Date.parse('2026-11-01T10:00:04Z') }),
          aCall('completed', 200, { beganAt: Date.parse('2026-11-01T10:00:05Z') }),
        ),
    ],
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
      'completed: was called while a call for it was in flight',
      ({ journal }) => {
        const beganAt = Date.parse('2026-11-01T10:00:02Z');
        journal.calls.push(
          aCall('completed', 0, { answer: 'hung', effect: null, beganAt, endedAt: beganAt + 10_000 }),
        );
        journal.calls.push(aCall('completed', 200, { beganAt: beganAt + 5_000, endedAt: beganAt + 5_001 }));
      },
    ],
  ],
  recreated: [
    [
      'an acknowledged order of the new topic that is not stored',
      'anew: is not stored',
      ({ journal }) => journal.acknowledged.set('anew', { at: 0, eventId: null }),
    ],
    [
      'an acknowledged order of the new topic that is stored with other content',
      'anew: is stored with other content',
      ({ journal, observations }) => {
        journal.acknowledged.set('anew', { at: 0, eventId: null });
        observations.orders.push(
          ...observations.orders.slice(0, 1).map((row) => ({ ...row, orderId: 'anew', content: '' })),
        );
      },
    ],
  ],
};

function changeEvent({ statusEvents }: RunOnPaper['observations'], parts: object): void {
  const index = statusEvents.findIndex(({ event }) => event?.order_id === 'completed');
  const found = statusEvents[index];
  if (found?.event == null) {
    throw new Error('There is no such event to spoil.');
  }
  statusEvents[index] = { ...found, event: { ...found.event, ...parts } };
}
