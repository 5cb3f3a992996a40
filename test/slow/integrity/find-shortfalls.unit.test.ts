import { expect, test } from '@jest/globals';
import { findShortfalls, missedAll } from './find-shortfalls.ts';

const drained = { drained: true, waitingFor: '' };
const drains = [drained, drained];
const good = { what: 'kill -9 kafka', met: true, recovered: true };
const missed = { ...good, met: false };
const faults = (count: number, missing: number) =>
  Array.from({ length: count }, (_, index) => (index < missing ? missed : good));

test('a run that drained twice, with faults that hit their moments and recovered, has no shortfalls', () => {
  expect(findShortfalls({ drains, faults: faults(25, 0) })).toEqual([]);
});

test('a run that did not drain has a shortfall that names the phase and the remaining work', () => {
  const stuck = { drained: false, waitingFor: '3 attempts' };

  expect(findShortfalls({ drains: [stuck, drained], faults: [] })).toEqual([
    'not drained after the load: 3 attempts',
  ]);
  expect(findShortfalls({ drains: [drained, stuck], faults: [] })).toEqual([
    'not drained after redrive: 3 attempts',
  ]);
});

test('a run with a fault without recovery has a shortfall that names the fault', () => {
  const run = { drains, faults: [...faults(24, 0), { ...good, recovered: false }] };

  expect(findShortfalls(run)).toEqual(['not recovered within a minute: kill -9 kafka']);
});

test.each([
  [25, 2],
  [5, 1],
  [1, 0],
])('of %i faults %i may miss their moment, and one more may not', (count, may) => {
  expect(findShortfalls({ drains, faults: faults(count, may) })).toEqual([]);
  expect(findShortfalls({ drains, faults: faults(count, may + 1) })).toEqual([
    `${may + 1} of ${count} faults missed their moment; at most ${may} may`,
  ]);
});

test('a run whose faults all missed differs from one without faults', () => {
  expect([faults(2, 2), faults(2, 1), []].map((of) => missedAll({ faults: of }))).toEqual([
    true,
    false,
    false,
  ]);
});
