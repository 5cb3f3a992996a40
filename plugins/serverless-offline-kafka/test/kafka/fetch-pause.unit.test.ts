import { expect, test } from '@jest/globals';
import { FetchPause } from '../../src/kafka/fetch-pause.ts';

/** Returns after which partitions of each fetch the member pauses. */
function pausesOf(fetches: readonly (readonly number[])[]): boolean[][] {
  const pause = new FetchPause();
  return fetches.map((partitions) => {
    pause.fetched();
    return partitions.map((records) => pause.isDueAfter(records));
  });
}

test('a fetch with few records pauses once', () => {
  expect(pausesOf([[5], [5, 20, 30], []])).toEqual([[true], [true, false, false], []]);
});

test('a fetch with many records does not pause, although one of its partitions has few', () => {
  expect(pausesOf([[3_000, 5]])).toEqual([[false, false]]);
  expect(pausesOf([[60, 60]])).toEqual([[true, false]]); // the first one cannot know
});

test('of consecutive fetches with many records at most the first one pauses, whatever the order of the partitions', () => {
  expect(
    pausesOf([
      [5, 3_000],
      [5, 3_000],
      [5, 3_000],
    ]),
  ).toEqual([
    [true, false],
    [false, false],
    [false, false],
  ]);
});

test('a fetch without records ends a series of fetches with many records', () => {
  expect(pausesOf([[3_000], [], [5]])).toEqual([[false], [], [true]]);
});
