import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { check, verdictMeanings } from './checker/check.ts';
import { aCleanRun } from './checker/run-on-paper.ts';
import { type ReportedRun, reportText } from './report.ts';
import { introduction } from './report-introduction.ts';

const clean = aCleanRun();
const verdicts = check(clean.plan, clean.journal, clean.observations);
const found = { ...verdicts, lost: { count: 2, first: ['order-1: acknowledged, but not stored'] } };

const run: ReportedRun = {
  seed: 42,
  startedAt: new Date('2026-11-01T10:00:00Z'),
  durationMs: 312_400,
  counts: { Orders: 3_000, 'Commands acknowledged': 50_123 },
  faults: [
    { atMs: 12_340, what: 'kill -9 kafka | broker 1', inFlight: 'requests: 7', met: true, recovered: false },
  ],
  drained: [true, false],
  verdicts,
  verdictsAfterRedrive: verdicts,
  versions: { Node: '24.0.0' },
};

test('the report contains seed, figures, faults and versions of a run', () => {
  const text = reportText({ run, variants: [] });

  expect(text).toContain('2026-11-01, seed 42, 312 s, 1 faults.');
  expect(text).toContain('`npm run test:integrity -- --seed 42 --orders 3000 --faults 1`');
  expect(text).toContain('Faults: 1 planned, 1 injected at the planned moment, 0 recovered.');
  expect(text).toContain('work was done before the verdicts: yes, NO.');
  expect(text).toContain('| Commands acknowledged | 50,123 |');
  expect(text).toContain('| 12.3 | kill -9 kafka \\| broker 1 | requests: 7 |');
  expect(text).toContain('| Node | 24.0.0 |');
  expect(text).toMatch(/^\| `lost` \| .* \| \*\*0\*\* \| \*\*0\*\* \|$/m);
  expect(text).not.toContain('Broken on purpose');
});

test('the report names the first violations of a run', () => {
  const text = reportText({ run: { ...run, verdicts: found }, variants: [] });

  expect(text).toMatch(/^\| `lost` \| .* \| \*\*2\*\* \| \*\*0\*\* \|$/m);
  expect(text).toContain('- `lost`: order-1: acknowledged, but not stored');
});

test('the report gives, for each broken variant, the violations that its verdict found, or that it found none', () => {
  const variants = [
    { what: 'the outbox', expected: 'lost' as const, verdicts: found },
    { what: 'the lease', expected: 'calls' as const, verdicts },
  ];

  const text = reportText({ run, variants });

  expect(text).toContain('| the outbox | `lost` | **2** | order-1: acknowledged, but not stored |');
  expect(text).toContain('| the lease | `calls` | **0** | not caught |');
});

test('docs/integrity.md has the introduction and the meanings of the verdicts that this program writes', () => {
  const page = readFileSync('docs/integrity.md', 'utf8');

  for (const text of [introduction, ...Object.values(verdictMeanings)]) {
    expect(page).toContain(text);
  }
});
