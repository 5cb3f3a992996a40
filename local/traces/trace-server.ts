import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { classifyError, OrderlyError, sanitizeMessage } from '../../lib/errors/orderly-error.ts';
import { foreignHeader, foreignHeaderMessage } from '../../lib/http/foreign-header.ts';
import { httpStatus, problemTitles } from '../../lib/http/problem.ts';
import { validate } from '../../lib/http/validate.ts';
import type { Running } from '../process/lifecycle.ts';
import { LOCAL_HOST } from '../process/ports.ts';
import { readJsonBody } from './read-body.ts';
import { receiveSpans } from './receive-spans.ts';
import { createTraceStore, type TraceStore } from './trace-store.ts';
import { type TraceList, traceListQuerySchema } from './trace-views.ts';

/** The path of OTLP/HTTP for traces. */
const EXPORT_PATH = '/v1/traces';

/** Bounds the memory: each connection can hold one body. */
const MAX_CONNECTIONS = 64;
const REQUEST_TIMEOUT_MS = 10_000;
/** How often Node looks for requests beyond the timeout. Its default is 30 s. */
const TIMEOUT_CHECK_MS = 1_000;

export interface TraceServer extends Running {
  readonly port: number;
}

export interface TraceServerOptions {
  /** 0 chooses a free port. */
  readonly port: number;
  /** Called with a line about an internal error. */
  readonly onWarning: (line: string) => void;
}

/** Starts an HTTP server with an empty trace store. It accepts spans over OTLP, and returns traces to readers. */
export async function startTraceServer(options: TraceServerOptions): Promise<TraceServer> {
  const store = createTraceStore();
  const limits = { requestTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: TIMEOUT_CHECK_MS };
  const server = createServer(limits, async (request, response) => {
    const { status, type, body, allow } = await route(store, request).catch((thrown: unknown) => {
      const error = classifyError(thrown);
      if (error.code === 'internal_error' && request.complete) {
        options.onWarning(`The trace store failed: ${sanitizeMessage(String(error.cause))}`);
      }
      return errorAnswer(error, request);
    });
    response.writeHead(status, { 'content-type': type, ...(allow !== undefined && { allow }) });
    response.end(body);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(options.port, LOCAL_HOST);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.closeAllConnections();
      server.close();
    },
    kill: () => server.closeAllConnections(),
  };
}

interface Answer {
  readonly status: number;
  readonly type: 'application/json' | 'application/problem+json';
  readonly body: string;
  readonly allow?: string | undefined;
}

async function route(store: TraceStore, request: IncomingMessage): Promise<Answer> {
  const foreign = foreignHeader(request.headers);
  if (foreign !== undefined) {
    throw new OrderlyError('forbidden', foreignHeaderMessage(foreign));
  }
  const { pathname, searchParams } = addressOf(request);
  const traceId = /^\/traces\/([^/]+)$/.exec(pathname)?.[1]?.toLowerCase();
  if (pathname === EXPORT_PATH) {
    assertMethod(request, 'POST');
    return ok(JSON.stringify(receiveSpans(store, await readJsonBody(request))));
  }
  if (pathname === '/traces') {
    assertMethod(request, 'GET');
    const query = validate(traceListQuerySchema, Object.fromEntries(searchParams), 'The query');
    const list: TraceList = { traces: store.list(query) };
    return ok(JSON.stringify(list));
  }
  if (traceId !== undefined) {
    assertMethod(request, 'GET');
    const trace = store.read(traceId);
    return trace === undefined ? unknownTrace : ok(trace);
  }
  throw new OrderlyError(
    'route_not_found',
    'The routes are POST /v1/traces, GET /traces and GET /traces/{trace_id}.',
  );
}

/** Returns the URL of a request. Its target can be any text without spaces, such as `//`. */
const addressOf = ({ url = '' }: IncomingMessage): URL =>
  URL.parse(url, `http://${LOCAL_HOST}`) ?? new URL(`http://${LOCAL_HOST}`);

const ok = (body: string): Answer => ({ status: 200, type: 'application/json', body });

function assertMethod({ method }: IncomingMessage, allow: 'GET' | 'POST'): void {
  if (method !== allow) {
    throw new OrderlyError('method_not_allowed', `The method must be ${allow}.`, { details: { allow } });
  }
}

/** Returns the answer to a failed request. For an export, it is a Status message: https://opentelemetry.io/docs/specs/otlp/#failures-1 */
function errorAnswer({ code, message, details }: OrderlyError, request: IncomingMessage): Answer {
  const status = httpStatus[code];
  const { allow, ...rest } = details;
  const allowed = { allow: typeof allow === 'string' ? allow : undefined };
  return addressOf(request).pathname === EXPORT_PATH
    ? { status, type: 'application/json', body: JSON.stringify({ message }), ...allowed }
    : { ...problem(status, code, message, rest), ...allowed };
}

const unknownTrace: Answer = problem(
  404,
  'trace_not_found',
  'The trace store has no trace with this id. It keeps only the newest traces, and is empty after a restart.',
);

/** https://www.rfc-editor.org/rfc/rfc9457 */
function problem(status: number, code: string, detail: string, details: object = {}): Answer {
  const body = { type: 'about:blank', title: problemTitles[status], status, code, detail, ...details };
  return { status, type: 'application/problem+json', body: JSON.stringify(body) };
}
