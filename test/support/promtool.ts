import { spawnSync } from 'node:child_process';
import { describe } from '@jest/globals';

/** The checks of Prometheus' own tool, which is in Debian's package `prometheus`. */

const isInstalled = spawnSync('promtool', ['--version']).error === undefined;

/** `describe` for tests that need promtool. They are skipped without it. */
export const describeWithPromtool: typeof describe | typeof describe.skip = isInstalled
  ? describe
  : describe.skip;

if (!isInstalled) {
  process.stderr.write(
    'SKIPPED: there is no promtool in PATH: install Prometheus, on Debian with "apt install prometheus".\n',
  );
}

/** Runs promtool with an input. Its output has every fault that it found. */
export function runPromtool(
  args: readonly string[],
  input = '',
): { readonly exitCode: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return { exitCode: status, output: `${stdout}${stderr}` };
}
