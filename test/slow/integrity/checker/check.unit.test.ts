import { describe, expect, test } from '@jest/globals';
import { check, isClean, verdictNames } from './check.ts';
import { aCall, aCleanRun, aLine, type RunOnPaper, redrive } from './run-on-paper.ts';
import { change, ofOrder } from './spoil.ts';
import { spoiltRuns } from './spoilt-runs.ts';

function judge(spoil: (run: RunOnPaper) => void, redriven = false): ReturnType<typeof check> {
  const run = aCleanRun();
  if (redriven) {
    redrive(run);
  }
  spoil(run);
  return check(run.plan, run.journal, run.observations, { redriven });
}

test('a correct run has no violations', () => {
  const verdicts = judge(() => undefined);

  expect(verdicts).toEqual(Object.fromEntries(verdictNames.map((name) => [name, { count: 0, first: [] }])));
  expect(isClean(verdicts)).toBe(true);
});

describe.each(verdictNames)('the verdict %s', (name) => {
  test.each(spoiltRuns[name])('catches %s', (_, saying, spoil) => {
    const verdicts = judge(spoil);

    expect(verdicts[name].count).toBeGreaterThan(0);
    expect(verdicts[name].first.join('\n')).toContain(saying);
    expect(isClean(verdicts)).toBe(false);
  });
});

describe('what is legal', () => {
  test.each<readonly [string, (run: RunOnPaper) => void]>([
    [
      'a record that is in Kafka twice, because its producer got no answer in time',
      ({ observations }) => append(observations, 'event of completed', 'event of a repeat'),
    ],
    [
      'a record with the same identity twice, because its outbox row was sent twice',
      ({ observations }) => append(observations, 'event of completed', 'event of completed'),
    ],
    [
      'a cancel before its order that is in Kafka twice, the second time after the order',
      ({ observations }) => append(observations, 'event of early', 'event of early'),
    ],
    [
      'a status event that comes twice, and late',
      ({ observations }) => observations.statusEvents.push(...observations.statusEvents.slice(0, 2)),
    ],
    [
      'a call after one whose answer was lost, with the same outcome',
      ({ journal }) =>
        journal.calls.unshift(aCall('completed', 200, { answer: 'cut', beganAt: 1, endedAt: 2 })),
    ],
    [
      'a call that overlaps one that began more than a lease earlier',
      ({ journal }) =>
        journal.calls.unshift(
          aCall('completed', 0, { answer: 'hung', effect: null, beganAt: 1, endedAt: null }),
        ),
    ],
    [
      'a call that was sent before another one, and is handled during it',
      ({ journal }) => {
        const beganAt = Date.parse('2026-11-01T10:00:02Z');
        journal.calls.push(
          aCall('completed', 0, { answer: 'hung', effect: null, beganAt, endedAt: beganAt + 10_000 }),
          aCall('completed', 200, {
            sentAt: beganAt - 1,
            beganAt: beganAt + 2_000,
            endedAt: beganAt + 2_001,
          }),
        );
      },
    ],
    [
      'one call of a worker that was frozen, soon after the order had ended',
      ({ journal }) =>
        journal.calls.push(aCall('completed', 200, { beganAt: Date.parse('2026-11-01T10:00:20Z') })),
    ],
  ])('%s', (_, spoil) => {
    const verdicts = judge(spoil);

    expect(verdicts).toEqual(judge(() => undefined));
  });
});

describe('after every dead letter was redriven', () => {
  test('letters that are open again with two rejections are clean', () => {
    const verdicts = judge(() => undefined, true);

    expect(isClean(verdicts)).toBe(true);
  });

  test('an order or a history that is not as it was before is a duplicate', () => {
    const run = aCleanRun();
    const { observations: before } = aCleanRun();
    redrive(run);
    change(run.observations.orders, ofOrder('completed'), { customerId: 'customer-2' });
    run.observations.history.push(aLine('rejected', { version: null, eventId: 'event of a redrive' }));

    const { duplicate } = check(run.plan, run.journal, run.observations, { redriven: true, before });

    expect(duplicate.first).toContain('completed: the redrive has changed its row');
    expect(duplicate.first).toContain('rejected: the redrive has changed its history');
  });

  test('letters of one order that return in another order are a violation of order', () => {
    const verdicts = judge(({ observations }) => {
      const [first, second] = observations.records.filter(
        ({ key, offset }) => key === 'repeated' && offset >= 100,
      );
      change(observations.records, (record) => record === first, { offset: 201 });
      change(observations.records, (record) => record === second, { offset: 200 });
    }, true);

    expect(verdicts.order).toEqual({
      count: 1,
      first: ['repeated: its dead letters were redriven in another sequence'],
    });
  });

  test.each<readonly [string, object]>([
    ['was not rejected again', { state: 'redriven', refusals: 1 }],
    ['was rejected more often than it was redriven', { refusals: 3 }],
  ])('a dead letter that %s is a fault', (_, parts) => {
    const verdicts = judge(
      ({ observations }) => change(observations.deadLetters, ({ key }) => key === 'poison', parts),
      true,
    );

    expect(verdicts.dead_letters.first.join('\n')).toContain('poison: dead letter 10 ');
  });
});

test.each<readonly [string, string, object]>([
  ['open', 'early: dead letter 11 is open', { state: 'open' }],
  ['rejected again', 'early: dead letter 11 was rejected 2 times instead of 1', { refusals: 2 }],
])('a redriven cancel whose event id the history of its order knows must not be %s', (_, saying, parts) => {
  const verdicts = judge(
    ({ observations }) => change(observations.deadLetters, ({ key }) => key === 'early', parts),
    true,
  );

  expect(verdicts.dead_letters.first).toContain(saying);
});

test('only the first five of many violations are listed', () => {
  const verdicts = judge(({ observations }) =>
    observations.outbox.push(
      ...Array.from({ length: 9 }, (_, id) => ({ id: `${id}`, kind: 'order_status', error: null })),
    ),
  );

  expect(verdicts.unaccounted.count).toBe(9);
  expect(verdicts.unaccounted.first).toHaveLength(5);
});

/** Appends a committed copy of an existing record to its partition. */
function append({ records, positions }: RunOnPaper['observations'], of: string, eventId: string): void {
  const original = records.find((record) => record.eventId === of);
  if (original === undefined) {
    throw new Error('There is no such record to repeat.');
  }
  records.push({ ...original, eventId, offset: 13 });
  change(positions, () => true, { committed: 14, end: 14 });
}
