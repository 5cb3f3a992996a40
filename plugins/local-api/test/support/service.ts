import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { freePort } from '../../../../local/process/ports.ts';
import { until } from '../../../../test/support/until.ts';

/** A start takes seconds, on a busy machine much longer. */
const READY_TIMEOUT_MS = 180_000;

const SERVERLESS = createRequire(import.meta.url).resolve('serverless/bin/serverless.js');

export interface Request {
  readonly method: string;
  readonly path: string;
  /** Names and values in turn, so that a name can be repeated. */
  readonly headers?: readonly string[];
  readonly body?: Buffer | string;
}

export interface Response {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** The fixture service under serverless-offline. */
export interface Service {
  send(request: Request): Promise<Response>;
  /** Invokes a function through the port for invocations. */
  invoke(name: string, event: object): Promise<Response>;
  output(): string;
  /** Sends SIGINT. Resolves with the exit code. */
  interrupt(): Promise<number | null>;
}

export async function startService(): Promise<Service> {
  const port = await freePort();
  const lambdaPort = await freePort();
  const child = spawn(process.execPath, [SERVERLESS, 'offline', 'start', '--useInProcess'], {
    cwd: join(import.meta.dirname, '../fixture'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FIXTURE_HTTP_PORT: `${port}`, FIXTURE_LAMBDA_PORT: `${lambdaPort}` },
  });
  const ended = once(child, 'close').then(([code]) => code);
  let output = '';
  const collect = (chunk: Buffer): void => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  await until(
    'the service is ready',
    () => {
      if (child.exitCode !== null) {
        throw new Error(output);
      }
      return output.includes('Server ready');
    },
    READY_TIMEOUT_MS,
  );
  return {
    send: (sent) => sendTo(port, sent),
    invoke: (name, event) =>
      sendTo(lambdaPort, {
        method: 'POST',
        path: `/2015-03-31/functions/http-fixture-dev-${name}/invocations`,
        body: JSON.stringify(event),
      }),
    output: () => output,
    interrupt: () => {
      child.kill('SIGINT');
      return ended;
    },
  };
}

async function sendTo(port: number, { method, path, headers = [], body }: Request): Promise<Response> {
  const sent = request({ host: '127.0.0.1', port, method, path, headers: ['host', 'localhost', ...headers] });
  sent.end(body);
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, body: await buffer(response) };
}
