import { expect, test } from '@jest/globals';
import { loadReport } from '../../../ops/load/load-report.ts';
import type { LoadResult } from '../../../ops/load/load-result.ts';
import { percentiles } from '../../../ops/load/percentiles.ts';
import { judge, notCompared } from '../../../ops/load/verdict.ts';

const result: LoadResult = {
  prefix: 'load-x-',
  rate: 500,
  seconds: 60,
  bulk: null,
  connections: 50,
  stopped: false,
  sent: 20,
  acknowledged: 20,
  stored: 20,
  acknowledged_per_second: 10,
  errors: {},
  post_ms: percentiles([1]),
  completed_ms: percentiles([]),
  generator_delay_ms: percentiles([1]),
  max_lag: null,
  samples: [],
  verdict: judge({ sent: [], acknowledged: new Set(), stored: [], deadLetters: [], errors: 0 }),
};

test('a run whose stored orders could not be read shows its counts and the reason for the missing comparison', () => {
  const report = loadReport({
    ...result,
    acknowledged: 12,
    stored: null,
    errors: { ECONNREFUSED: 8 },
    verdict: notCompared(8, 'The database does not respond.'),
  });

  expect(report).toMatch(/ids load-x-…$/m);
  expect(report).toMatch(
    /^sent 20 {3}acknowledged 12 \(10\/s\) {3}errors 8 {3}stored – .*\n {2}8 × ECONNREFUSED$/m,
  );
  expect(report).toMatch(
    /NOT OK:\n {2}the stored orders could not be compared: The database does not respond\.\n {2}not acknowledged: 8\n$/,
  );
});

test('a stopped run is reported as stopped', () => {
  expect(loadReport({ ...result, stopped: true })).toMatch(/^500 orders\/s for 60 s, stopped early, /);
  expect(loadReport(result)).toMatch(/^500 orders\/s for 60 s, one per request/);
});
