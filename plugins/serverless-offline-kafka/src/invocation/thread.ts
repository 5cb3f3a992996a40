import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { responseJson } from './response-json.ts';
import type { ThreadData, ThreadRequest, ThreadResponse, ThrownError } from './thread-messages.ts';

/** The thread of one function instance. It runs one invocation at a time. */

const { functionKey, functionName, handler, servicePath, memorySizeMb, timeoutMs, modules }: ThreadData =
  workerData;

const { default: InProcessRunner } = await import(modules.inProcessRunner);
const { default: LambdaContext } = await import(modules.lambdaContext);
const { default: userFunction } = await import(modules.userFunction);
const runner = new InProcessRunner(
  { codeDir: servicePath, functionKey, handler, servicePath, timeout: timeoutMs },
  process.env,
);
const context = new LambdaContext(functionName, memorySizeMb);

try {
  await userFunction.load(servicePath, join(servicePath, handler));
  respond({ type: 'loaded' });
  parentPort?.on('message', handleRequest);
} catch (error) {
  report(error);
  await flushOutput();
  respond({ type: 'load-failed', error: describe(error) });
}

async function handleRequest({ requestId, event }: ThreadRequest): Promise<void> {
  const response = await invoke(requestId, JSON.parse(event));
  // An unhandled rejection of the handler ends the thread before the response is sent.
  await setImmediate();
  await flushOutput();
  respond(response);
}

/** Resolves when the output of the function is written, so that it precedes the log line of the outcome. */
async function flushOutput(): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.writable && stream.writableLength > 0) {
      await new Promise((resolve) => stream.write('', resolve));
    }
  }
}

async function invoke(requestId: string, event: unknown): Promise<ThreadResponse> {
  context.setRequestId(requestId);
  let result: unknown;
  try {
    result = await runner.run(event, context.create());
  } catch (error) {
    report(error);
    return { type: 'failed', requestId, error: describe(error) };
  }
  try {
    return { type: 'succeeded', requestId, payload: responseJson(result) };
  } catch (error) {
    return { type: 'invalid-response', requestId, error: describe(error) };
  }
}

function respond(response: ThreadResponse): void {
  parentPort?.postMessage(response);
}

/** Logs an error in the output of the function, as Lambda does. */
function report(error: unknown): void {
  process.stderr.write(`Unhandled exception in handler '${functionKey}'. ${inspect(error)}\n`);
}

function describe(thrown: unknown): ThrownError {
  if (thrown instanceof Error) {
    return { name: `${thrown.name}`, message: `${thrown.message}`, stack: `${thrown.stack}` };
  }
  const message = typeof thrown === 'string' ? thrown : inspect(thrown);
  return { name: 'Error', message, stack: message };
}
