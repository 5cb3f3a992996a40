import TestSequencer from '@jest/test-sequencer';

/** Long files first. The short ones at the end keep both workers busy until the run is over. */
const ORDER = ['slow', 'e2e', 'int', 'unit'];

const place = ({ path }) => ORDER.indexOf(/\.(\w+)\.test\.ts$/.exec(path)?.[1] ?? '');

/** Sorts by tier. Within a tier, Jest's own order stays: by the durations of earlier runs, or by file size. */
export default class TierSequencer extends TestSequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => place(a) - place(b));
  }
}
