import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { until } from './until.ts';

export interface ExampleReceiver extends AsyncDisposable {
  /** Lines of its output. */
  lines(): string[];
}

/** Starts the receiver of docs/fulfilment.md. Resolves when it listens. */
export async function startExampleReceiver(port: number, secret: string): Promise<ExampleReceiver> {
  const file = join(PROJECT_ROOT, 'docs/examples/fulfilment-receiver.ts');
  const child: ChildProcess = spawn(process.execPath, [file, `${port}`, secret], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  let output = '';
  child.stdout?.on('data', (data) => {
    output += data;
  });
  await until('the receiver listens', () => output.includes('waiting for orders'));
  return {
    lines: () => output.trim().split('\n'),
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
