import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { PROJECT_ROOT } from '../../local/settings.ts';

/** A script of package.json that a test interrupts. */
export interface RunningScript {
  readonly output: { readonly out: string; readonly err: string };
  /** Resolves to the exit code. */
  readonly ended: Promise<number | null>;
  /** Signals npm and all its child processes, as a terminal does with Ctrl-C. */
  signal(name: NodeJS.Signals): void;
}

export function startScript(args: readonly string[], environment: NodeJS.ProcessEnv): RunningScript {
  const child = spawn('npm', ['run', '--silent', ...args], {
    cwd: PROJECT_ROOT,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.err += text;
  });
  return {
    output,
    ended: once(child, 'close').then(([code]) => code),
    signal: (name) => {
      process.kill(-Number(child.pid), name);
    },
  };
}
