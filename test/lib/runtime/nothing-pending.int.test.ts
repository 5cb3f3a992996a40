import { beforeAll, describe, expect, test } from '@jest/globals';
import { handlerEvents, handlerFiles } from '../../support/handler-events.ts';
import { invokeAll, type Outcomes, resultsOf } from '../../support/invoke-all.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';

/** The outages of Kafka, PostgreSQL and the receiver are in test/slow/outages/nothing-pending.slow.test.ts. */
let outcomes: Outcomes;

beforeAll(async () => {
  await ensureOrdersTopic();
  outcomes = await invokeAll({});
});

describe('while everything works', () => {
  test.each(Object.keys(handlerEvents))('%s has nothing pending after it has returned', (file) => {
    expect(outcomes[file]?.pending).toEqual([]);
  });

  test('the functions did reach their servers', () => {
    expect(resultsOf(outcomes)).toEqual([202, 200, 'returned']);
  });
});

describe.each(['unavailable', 'mute'] as const)('while the collector of spans is %s', (collector) => {
  let untraced: Outcomes;

  beforeAll(async () => {
    untraced = await invokeAll({ collector });
  });

  test.each(Object.keys(handlerEvents))('%s has nothing pending after it has returned', (file) => {
    expect(untraced[file]?.pending).toEqual([]);
  });

  test('the functions did reach their servers', () => {
    expect(resultsOf(untraced)).toEqual([202, 200, 'returned']);
  });
});

test('every function is tested', () => {
  expect(Object.keys(handlerEvents).sort()).toEqual(handlerFiles);
});
