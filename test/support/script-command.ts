import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT_ROOT } from '../../local/settings.ts';

/** Returns program and arguments of a package.json script. Without npm, a run needs half the CPU time. */
export function scriptCommand(name: string): { readonly command: string; readonly args: string[] } {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8'));
  const [, node, ...args] = /^exec (node) (.*)$/.exec(scripts[name] ?? '') ?? [];
  if (node === undefined) {
    throw new Error(`The script ${name} is not one run of node.`);
  }
  return { command: process.execPath, args: args.join(' ').split(' ') };
}

export interface Ended {
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs a package.json script to its end, without a terminal. */
export async function runCommand(
  script: string,
  options: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Ended> {
  const { command, args } = scriptCommand(script);
  const child = spawn(command, [...args, ...options], {
    cwd: PROJECT_ROOT,
    env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: undefined, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { exitCode, out, err };
}
