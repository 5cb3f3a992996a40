import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LoadedFunction, LoadedFunctions } from '../loaded-functions.ts';
import type { Log, Service } from '../serverless.ts';
import { createEvent, type ReceivedRequest } from './event.ts';
import { sendMessage, sendResult } from './response.ts';
import { createRouter, type Route, type Router } from './routes.ts';

/** The limit of API Gateway. */
const MAX_BODY_BYTES = 10 * 1_024 * 1_024;

/** The time for which serverless-offline waits for its own requests. */
const DRAIN_TIMEOUT_MS = 5_000;

/**
 * Serves the requests of programs in place of hapi and serverless-offline, which would take most of their CPU time. Serves a
 * request only if its function has run before: then serverless-offline has loaded it and set its environment. Leaves all other
 * requests to serverless-offline: first requests, browsers (CORS, cookies), unusual paths, `$default`.
 */
export class HttpApi {
  readonly #router: Router;
  readonly #functions: LoadedFunctions;
  readonly #log: Log;
  /** Requests without a complete response. */
  #open = 0;
  #drained: (() => void) | undefined;

  constructor(service: Service, functions: LoadedFunctions, log: Log) {
    this.#router = createRouter(service);
    this.#functions = functions;
    this.#log = log;
  }

  /** Returns true if it answers the request, false to leave it to serverless-offline. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const { method = '', url = '', headers } = request;
    const isOfBrowser = headers.origin !== undefined || headers.cookie !== undefined;
    if (this.#drained !== undefined || isOfBrowser || url.includes('#')) {
      return false;
    }
    const end = url.indexOf('?');
    const path = end === -1 ? url : url.slice(0, end);
    const match = this.#router(method, path);
    const loaded = match && this.#functions.get(match.route.functionName);
    if (match === undefined || loaded === undefined) {
      return false;
    }
    const search = end === -1 ? '' : url.slice(end);
    const receivedAt = Date.now();
    this.#open += 1;
    response.once('close', () => {
      this.#open -= 1;
      this.#settle();
    });
    readBody(request, response, (body) =>
      this.#invoke(loaded, { ...match, request, path, search, body, receivedAt }, response),
    );
    return true;
  }

  /** Resolves when the open requests are answered, within 5 s. Leaves later requests to serverless-offline. */
  async drain(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#settle();
      setTimeout(resolve, DRAIN_TIMEOUT_MS).unref();
    });
  }

  async #invoke(loaded: LoadedFunction, received: ReceivedRequest, response: ServerResponse): Promise<void> {
    try {
      sendResult(response, await runWithin(received.route, loaded, createEvent(received)));
    } catch (error) {
      this.#log.error(error);
      sendMessage(response, 500, 'Internal Server Error');
    }
  }

  #settle(): void {
    if (this.#open === 0) {
      this.#drained?.();
    }
  }
}

/** Reads the body, or responds with 413 if it is too large. An aborted request emits no `end`, so `use` is not called. */
function readBody(request: IncomingMessage, response: ServerResponse, use: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) {
      chunks.push(chunk);
    } else if (!response.headersSent) {
      response.shouldKeepAlive = false;
      sendMessage(response, 413, 'Request Entity Too Large');
    }
  });
  request.on('end', () => {
    if (bytes <= MAX_BODY_BYTES) {
      use(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    }
  });
}

/** Runs the handler. Rejects after the timeout of the function; the handler then continues, unlike on Lambda. */
async function runWithin(
  route: Route,
  { handler, identity }: LoadedFunction,
  event: unknown,
): Promise<unknown> {
  if (process.env.AWS_LAMBDA_FUNCTION_NAME !== identity.AWS_LAMBDA_FUNCTION_NAME) {
    Object.assign(process.env, identity);
  }
  let timer: NodeJS.Timeout | undefined;
  const timedOut = new Promise<never>((_resolve, reject) => {
    const error = new Error(`${route.functionName} timed out after ${route.timeoutMs / 1_000} s`);
    timer = setTimeout(reject, route.timeoutMs, error);
  });
  try {
    return await Promise.race([handler(event, contextOf(route)), timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

/** The context object of serverless-offline, without the callbacks that Lambda's Node.js 24 no longer has. */
function contextOf({ functionName, memorySizeMb, timeoutMs }: Route) {
  const deadline = performance.now() + timeoutMs;
  return {
    awsRequestId: randomUUID(),
    callbackWaitsForEmptyEventLoop: true,
    clientContext: null,
    functionName,
    functionVersion: '$LATEST',
    identity: undefined,
    invokedFunctionArn: `offline_invokedFunctionArn_for_${functionName}`,
    logGroupName: `offline_logGroupName_for_${functionName}`,
    logStreamName: `offline_logStreamName_for_${functionName}`,
    memoryLimitInMB: `${memorySizeMb}`,
    getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - performance.now())),
  };
}
