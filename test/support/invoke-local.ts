import { spawn } from 'node:child_process';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { recordLines } from './log-record/log-record.ts';

/** The result of a `serverless invoke local` command. */
export interface Invocation {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Parses the printed answer or error of the function. */
  answer(): { statusCode?: number; headers?: Record<string, string>; body?: string; errorType?: string };
  /** Parses the body of an HTTP answer. */
  body(): Record<string, unknown>;
}

/** A command that exceeds it is killed with its child processes. The error contains its output. */
const TIMEOUT_MS = 180_000;

/** Runs a command line of the documentation. */
export async function run(command: string, environment: NodeJS.ProcessEnv): Promise<Invocation> {
  const [program = '', ...args] = command.split(' ');
  const child = spawn(program, args, {
    cwd: PROJECT_ROOT,
    detached: true,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  let isOverdue = false;
  const overdue = setTimeout(() => {
    isOverdue = true;
    child.pid && process.kill(-child.pid, 'SIGKILL');
  }, TIMEOUT_MS);
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const exitCode = await new Promise<number | null>((resolve) => {
    child.once('close', (code) => resolve(code));
  });
  clearTimeout(overdue);
  if (isOverdue) {
    throw new Error(`${command} did not end within ${TIMEOUT_MS / 1000} s:\n${stdout}${stderr}`);
  }

  const log = stdout.replace(/^\{$.*/ms, ''); // the function's log comes before its answer
  recordLines('invoke-local', `${log}\n${stderr}`);
  const answer: Invocation['answer'] = () => JSON.parse(stdout.slice(stdout.search(/^\{$/m)));
  return { exitCode, stdout, stderr, answer, body: () => JSON.parse(answer().body ?? '') };
}
