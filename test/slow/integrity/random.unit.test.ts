import { expect, test } from '@jest/globals';
import { createRandom, type Random } from './random.ts';

const draw = (random: Random): number[] => Array.from({ length: 1_000 }, () => random.next());

test('the same seed and stream give the same numbers, and others give others', () => {
  const drawn = draw(createRandom(7, 'load'));

  expect(draw(createRandom(7, 'load'))).toEqual(drawn);
  expect(draw(createRandom(7, 'faults'))).not.toEqual(drawn);
  expect(draw(createRandom(8, 'load'))).not.toEqual(drawn);
});

test('numbers are from 0 to 1 and cover the whole range', () => {
  const drawn = draw(createRandom(1));
  const tenths = Map.groupBy(drawn, (number) => Math.floor(number * 10));

  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
  expect([...tenths.values()].every((some) => some.length > 50 && some.length < 150)).toBe(true);
});

test('integers, picks and shuffles stay within their input', () => {
  const random = createRandom(3);
  const letters = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

  expect(new Set(Array.from({ length: 200 }, () => random.int(4)))).toEqual(new Set([0, 1, 2, 3]));
  expect(new Set(Array.from({ length: 200 }, () => random.pick(letters)))).toEqual(new Set(letters));
  expect(random.shuffled(letters).toSorted()).toEqual(letters);
  expect(random.shuffled(letters)).not.toEqual(letters);
  expect(() => random.pick([])).toThrow('list to pick from is empty');
});
