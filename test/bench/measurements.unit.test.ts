import { describe, expect, test } from '@jest/globals';
import { assertPossible, chooseMeasurements } from '../../bench/measurements.ts';

const fourOfTheStack = ['producer', 'http', 'bulk', 'list'];

describe('the chosen measurements', () => {
  test('are the four of a running stack without a name', () => {
    expect(chooseMeasurements([])).toEqual(fourOfTheStack);
  });

  test('are all but the longest one with "all", and each is taken once', () => {
    const all = chooseMeasurements(['all']);

    expect(all).toEqual(expect.arrayContaining([...fourOfTheStack, 'beside', 'scale', 'cold-start']));
    expect(all).not.toContain('partitions');
    expect(chooseMeasurements(['http', 'all', 'scale']).toSorted()).toEqual(all.toSorted());
  });

  test('include a name beside "all" that "all" leaves out', () => {
    expect(chooseMeasurements(['all', 'partitions'])).toEqual([...chooseMeasurements(['all']), 'partitions']);
  });

  test.each([[['all', 'nonsense']], [['nonsense', 'all']], [['http', 'nonsense']]])(
    'of %j are rejected because of the unknown name',
    (names) => {
      expect(() => chooseMeasurements(names)).toThrow('There is no measurement "nonsense": see --help.');
    },
  );
});

describe('the requirements', () => {
  const withoutPython = (): Promise<never> => Promise.reject(new Error('no Python'));

  test('name Linux when the simulation is to run elsewhere', async () => {
    await expect(assertPossible(['http', 'scale'], { platform: 'darwin' })).rejects.toThrow(
      'The measurement "scale" reads CPU times from /proc, so it runs on Linux only.',
    );
  });

  test('name Python when the comparison with the predecessor is to run without it', async () => {
    const nowhere = { platform: 'linux' as const, findPredecessor: withoutPython };

    await expect(assertPossible(['http', 'beside'], nowhere)).rejects.toThrow('no Python');
  });

  test('of the other measurements are none', async () => {
    const nowhere = { platform: 'darwin' as const, findPredecessor: withoutPython };

    await expect(assertPossible(['http', 'backlog'], nowhere)).resolves.toBeUndefined();
  });
});
