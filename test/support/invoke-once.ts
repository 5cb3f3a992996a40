import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { nodeEnvironment } from './handler-process.ts';
import { recordLines } from './log-record/log-record.ts';

export interface Invocation {
  /** Lines of both output streams, which are the log on Lambda: stdout first. */
  readonly lines: readonly string[];
  /** The answer of the handler as JSON. */
  readonly answer: string;
}

const PROJECT_ROOT = join(import.meta.dirname, '../..');

/** Invokes a handler once in a fresh process, as Lambda does, and ends the process. */
export async function invokeOnce(
  handlerFile: string,
  event: unknown,
  environment: Record<string, string>,
): Promise<Invocation> {
  const script = `
    import { writeSync } from 'node:fs';
    const { handler } = await import(process.argv[1]);
    const event = JSON.parse(process.argv[2]);
    const answer = await handler(event, {
      awsRequestId: 'request-1',
      getRemainingTimeInMillis: () => 60_000,
    }).catch((error) => ({ threw: error.message }));
    writeSync(3, JSON.stringify(answer ?? null));
    process.exit();`;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, join(PROJECT_ROOT, handlerFile), JSON.stringify(event)],
    { env: { ...nodeEnvironment, ...environment }, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] },
  );
  const [, output = '', errors = '', answer = ''] = await Promise.all(
    child.stdio.map((stream) => (stream instanceof Readable ? text(stream) : undefined)),
  );
  const lines = `${output}\n${errors}`.split('\n').filter((line) => line !== '');
  recordLines('fresh-process', lines.join('\n'));
  return { lines, answer };
}
