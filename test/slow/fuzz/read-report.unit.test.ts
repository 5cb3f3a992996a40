import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { describeRun, findShortfalls } from './find-shortfalls.ts';
import { type FuzzReport, type Phase, phases, readReport } from './read-report.ts';

const directory = mkdtempSync(join(tmpdir(), 'orderly-report-'));
afterAll(() => rmSync(directory, { recursive: true }));

function read(...events: object[]): Promise<FuzzReport> {
  const file = join(directory, 'report.ndjson');
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return readReport(file);
}

/** The event of a scenario with one case. */
const scenario = (phase: Phase, path: string, response?: { status_code: number }, check = 'success') => ({
  ScenarioFinished: {
    phase,
    recorder: {
      cases: { a: { value: { method: 'GET', path } } },
      interactions: { a: { response } },
      checks: { a: [{ name: 'status_code_conformance', status: check }] },
    },
  },
});
const finished = { EngineFinished: { stop_reason: 'completed' } };
const ok = { status_code: 200 };

/** Enough successful cases of `GET /a` in every phase. */
const enough = phases.flatMap((phase) => Array.from({ length: 13 }, () => scenario(phase, '/a', ok)));

test('a run with enough successful cases and without a failed check has no shortfall', async () => {
  const report = await read({ Initialize: {} }, ...enough, finished);

  expect(findShortfalls(report, ['GET /a'])).toEqual([]);
  expect(describeRun(report, ['GET /a'], 1_234)).toBe(
    '1 operations, 52 cases, at least 52 per operation; examples 13, coverage 13, fuzzing 13, stateful 13; 100 % answered 2xx, 0 findings, 1 s',
  );
});

test.each([
  [
    'a failed check',
    [...enough, scenario('fuzzing', '/a', { status_code: 500 }, 'failure'), finished],
    ['GET /a: status_code_conformance (500)'],
  ],
  [
    'a request without an answer',
    [
      ...enough,
      { NonFatalError: { label: 'GET /a', value: { type: 'ReadTimeout', message: '10 s' } } },
      finished,
    ],
    ['GET /a: ReadTimeout 10 s'],
  ],
  ['a run that did not end', enough, ['the run did not come to its end']],
  [
    'a run that stopped',
    [...enough, { EngineFinished: { stop_reason: 'failure_limit' } }],
    ['the run did not come to its end'],
  ],
  [
    'a phase without cases',
    [
      ...enough.filter(({ ScenarioFinished: { phase } }) => phase !== 'stateful'),
      ...enough.slice(0, 13),
      finished,
    ],
    ['no cases in the phase stateful'],
  ],
  [
    'an operation with too few cases',
    [...enough.slice(0, -3), finished],
    ['GET /a: 49 of at least 50 cases'],
  ],
  [
    'few successful cases',
    [
      ...enough,
      ...Array.from({ length: 300 }, () => scenario('coverage', '/a', { status_code: 400 })),
      finished,
    ],
    ['15 % of at least 20 % answered 2xx'],
  ],
])('%s is a shortfall', async (_what, events, shortfalls) => {
  expect(findShortfalls(await read(...events), ['GET /a'])).toEqual(shortfalls);
});

test('an operation of the document that got no case is a shortfall', async () => {
  expect(findShortfalls(await read(...enough, finished), ['GET /a', 'GET /b'])).toEqual([
    'GET /b: 0 of at least 50 cases',
  ]);
});
