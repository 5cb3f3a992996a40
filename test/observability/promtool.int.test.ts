import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeWithPromtool, runPromtool } from '../support/promtool.ts';

const success = (output: unknown): unknown => ({ exitCode: 0, output });

describeWithPromtool('promtool', () => {
  test('accepts the configuration and every rule', () => {
    expect(runPromtool(['check', 'config', 'observability/prometheus.yml'])).toEqual(
      success(expect.stringMatching(/alerts\.yml\n {2}SUCCESS: \d\d rules found.*slo\.yml\n {2}SUCCESS/s)),
    );
    expect(
      runPromtool([
        'check',
        'rules',
        '--lint=all',
        '--lint-fatal',
        ...['alerts.yml', 'slo.yml'].map((name) => `observability/${name}`),
      ]),
    ).toEqual(success(expect.any(String)));
  });

  test('accepts the scrape configuration of a stage in the documentation', () => {
    const page = readFileSync('docs/prometheus.md', 'utf8');
    const [, config = ''] = /^```yaml\n(.*?)^```/ms.exec(page) ?? [];
    const directory = mkdtempSync(join(tmpdir(), 'orderly-promtool-'));
    try {
      writeFileSync(join(directory, 'prometheus.yml'), config);

      expect(config).toContain('/api/metrics');
      expect(runPromtool(['check', 'config', '--syntax-only', join(directory, 'prometheus.yml')])).toEqual(
        success(expect.any(String)),
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  test('every alert about a situation fires when it must, and not otherwise', () => {
    expect(
      runPromtool([
        ...['test', 'rules'],
        ...['observability/alerts.test.yml', 'observability/receiver-alerts.test.yml'],
      ]),
    ).toEqual(success(expect.stringContaining('SUCCESS')));
  });

  test('every alert of an objective fires when it must, and not otherwise', () => {
    expect(runPromtool(['test', 'rules', 'observability/slo.test.yml'])).toEqual(
      success(expect.stringContaining('SUCCESS')),
    );
  });
});
