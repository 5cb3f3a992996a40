import { beforeAll, describe, expect, test } from '@jest/globals';
import { handlerEvents } from '../../support/handler-events.ts';
import { invokeAll, type Outcomes, resultsOf, type Situation } from '../../support/invoke-all.ts';
import { ensureOrdersTopic } from '../../support/orders-topic.ts';

const situations: Readonly<Record<string, Situation>> = {
  'Kafka is unavailable': { kafka: 'unavailable' },
  'Kafka is mute': { kafka: 'mute' },
  'PostgreSQL is unavailable': { postgres: 'unavailable' },
  'PostgreSQL is mute': { postgres: 'mute' },
  'the receiver of webhooks is unavailable': { receiver: 'unavailable' },
  'the receiver of webhooks is mute': { receiver: 'mute' },
};

const outcomes = new Map<string, Outcomes>();

beforeAll(async () => {
  await ensureOrdersTopic();
  await Promise.all(
    Object.entries(situations).map(async ([name, situation]) => {
      outcomes.set(name, await invokeAll(situation));
    }),
  );
}, 600_000);

describe.each(Object.keys(situations))('while %s', (situation) => {
  test.each(Object.keys(handlerEvents))('%s has nothing pending after it has returned', (file) => {
    const outcome = outcomes.get(situation)?.[file];

    expect(outcome?.pending).toEqual([]);
  });
});

test('the functions did reach their servers', () => {
  const results = [...outcomes].map(([situation, answers]) => [situation, resultsOf(answers)]);

  expect(Object.fromEntries(results)).toEqual({
    'Kafka is unavailable': [503, 200, 'returned'],
    'Kafka is mute': [503, 200, 'returned'],
    'PostgreSQL is unavailable': [202, 503, 'database_unavailable'],
    'PostgreSQL is mute': [202, 503, expect.stringMatching(/^database_/)],
    'the receiver of webhooks is unavailable': [202, 200, 'returned'],
    'the receiver of webhooks is mute': [202, 200, 'returned'],
  });
});
