import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { LOCAL_HOST } from '../../local/process/ports.ts';
import type { OwnServers } from './own-servers.ts';

/** The bundle of a packaged function, and its events: a new one for each call, because a repeated event is less work. */
export interface ColdFunction {
  readonly name: string;
  readonly file: string;
  readonly event: () => unknown;
}

export interface ColdProcess {
  readonly environment: Readonly<Record<string, string>>;
  /** Options of Node. */
  readonly options?: readonly string[];
  /** JavaScript that runs before the bundle and is included in the time. */
  readonly prelude?: string;
}

const coldTimes = z.object({
  /** From the first line of the bundle until it is loaded, and until the first answer. */
  loadMs: z.number(),
  answerMs: z.number(),
  /** From the start of the process, including the start of Node. */
  fromStartMs: z.number(),
  status: z.number().optional(),
});

export type ColdTimes = z.infer<typeof coldTimes>;

const REMAINING_MS = 30_000;
const NOT_FOUND = 404;

/** Loads the handler and calls it once, as Lambda's runtime does. Prints the times of loading and of the answer. */
const runtime = (prelude: string): string => `
const startedAt = performance.now();
${prelude}
const { handler } = require(process.argv[1]);
const loadedAt = performance.now();
const context = { awsRequestId: 'cold-start', getRemainingTimeInMillis: () => ${REMAINING_MS} };
let event = '';
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  event += chunk;
});
process.stdin.once('end', async () => {
  const calledAt = performance.now();
  const answer = await handler(JSON.parse(event), context);
  const answeredAt = performance.now();
  require('node:fs').writeSync(3, JSON.stringify({
    loadMs: loadedAt - startedAt,
    answerMs: loadedAt - startedAt + answeredAt - calledAt,
    fromStartMs: loadedAt + answeredAt - calledAt,
    status: answer?.statusCode,
  }));
  process.exit();
});`;

/** The environment without authentication of clients, Kafka or PostgreSQL. */
export const openEnvironment = ({ brokers, databaseUrl }: OwnServers): Readonly<Record<string, string>> => ({
  STAGE: 'cold-start',
  AUTH: 'none',
  KAFKA_BROKERS: brokers.join(),
  DATABASE_URL: databaseUrl.replace('localhost', LOCAL_HOST),
  LOG_LEVEL: 'info',
});

/** Calls the function once in a fresh process. */
export async function startCold(
  { file, event }: ColdFunction,
  { environment, options = [], prelude = '' }: ColdProcess,
): Promise<ColdTimes> {
  const child = spawn(process.execPath, [...options, '--no-warnings', '-e', runtime(prelude), file], {
    env: environment,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'], // the last one receives the times: a function may log to the others
  });
  child.stdin?.end(JSON.stringify(event()));
  const result = coldTimes.parse(JSON.parse(await text(child.stdio[3] as Readable)));
  if (result.status !== undefined && result.status >= 400 && result.status !== NOT_FOUND) {
    throw new Error(`${file} answered ${result.status}.`);
  }
  return result;
}
