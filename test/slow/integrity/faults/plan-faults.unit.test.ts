import { expect, test } from '@jest/globals';
import { createRandom } from '../random.ts';
import { describeFault, type PlannedFault } from './fault.ts';
import { planFaults } from './plan-faults.ts';

const plan = (seed: number, count: number): PlannedFault[] =>
  planFaults(createRandom(seed, 'faults'), { count, durationMs: 300_000 });

test('the same seed gives the same schedule, and another seed gives another one', () => {
  expect(plan(1, 25)).toEqual(plan(1, 25));
  expect(plan(2, 25)).not.toEqual(plan(1, 25));
});

test('25 faults contain every kind, and kill, freeze and disturb each server and the functions', () => {
  const faults = plan(3, 25).map(({ fault }) => fault);
  const hits = new Set(
    faults.map((fault) => {
      const target = 'target' in fault ? fault.target : 'server' in fault ? fault.server : '';
      const targets = fault.kind === 'kill' ? fault.targets.join('+') : target;
      return `${fault.kind} ${targets.replaceAll(/functions-\d/g, 'functions')}`.trim();
    }),
  );

  expect([...hits].toSorted()).toEqual([
    'cut-answers kafka',
    'cut-answers postgres',
    'freeze functions',
    'freeze kafka',
    'freeze postgres',
    'half-open kafka',
    'half-open postgres',
    'kill functions',
    'kill kafka',
    'kill kafka+postgres+functions+functions',
    'kill postgres',
    'kill-after-commit',
    'kill-relay functions',
    'kill-session',
    'latency kafka',
    'latency postgres',
    'two-owners functions',
  ]);
});

test('faults follow one another within the duration, and each has a description', () => {
  const faults = plan(4, 40);
  const times = faults.map(({ atMs }) => atMs);

  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect(times.at(-1)).toBeLessThanOrEqual(300_000);
  expect(
    faults.map(({ fault }) => describeFault(fault)).filter((line) => line.includes('undefined')),
  ).toEqual([]);
});

test('with three brokers, one is killed and frozen, its controller killed, and a leader moved, beside all other faults', () => {
  const kindsOf = (brokers?: 1 | 3): Set<string> =>
    new Set(
      planFaults(createRandom(5, 'faults'), {
        count: 60,
        durationMs: 300_000,
        ...(brokers && { brokers }),
      }).map(({ fault }) => (fault.kind === 'lose-broker' ? `${fault.how} ${fault.of}` : fault.kind)),
    );
  const ofThree = ['freeze leader', 'kill controller', 'kill leader', 'move-leader'];

  const ofOne = kindsOf();
  expect([...kindsOf(3)].filter((kind) => !ofOne.has(kind)).toSorted()).toEqual(ofThree);
  expect(kindsOf(1)).toEqual(ofOne);
});
