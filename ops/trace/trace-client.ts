import type * as z from 'zod';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { Settings } from '../../local/settings.ts';
import { type TracesData, tracesDataSchema } from '../../local/traces/otlp.ts';
import {
  MAX_LIMIT,
  type TraceListQuery,
  type TraceSummary,
  traceListSchema,
} from '../../local/traces/trace-views.ts';
import { tracesUrl } from '../../local/traces/traces-url.ts';

const TIMEOUT_MS = 10_000;

/** Reads the trace store of a running `npm start`. Each method throws OrderlyError `local_stack` if none answers. */
export interface TraceClient {
  list(query: Omit<TraceListQuery, 'orderId'>): Promise<TraceSummary[]>;
  /** Returns the traces of an order, oldest first. */
  ofOrder(orderId: string): Promise<TraceSummary[]>;
  /** Returns undefined for a trace that is not in the trace store. */
  read(traceId: string): Promise<TracesData | undefined>;
}

export function createTraceClient(settings: Pick<Settings, 'tracesPort' | 'tracesEndpoint'>): TraceClient {
  const baseUrl = tracesUrl(settings);

  const get = async <Schema extends z.ZodType>(
    path: string,
    schema: Schema,
  ): Promise<z.infer<Schema> | undefined> => {
    const response = await fetch(`${baseUrl}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
      (cause: unknown) => {
        throw new OrderlyError('local_stack', unavailable(settings, baseUrl), { cause });
      },
    );
    const body: unknown = await response.json().catch(() => undefined);
    const parsed = schema.safeParse(body);
    if (response.ok && parsed.success) {
      return parsed.data;
    }
    if (response.status === 404 && isTraceNotFound(body)) {
      return undefined;
    }
    throw new OrderlyError(
      'local_stack',
      `The program at ${baseUrl} does not answer as the trace store of this release (status ${response.status}): set TRACES_PORT to the port of "npm start".`,
    );
  };
  const list = async (query: Readonly<Record<string, string>>): Promise<TraceSummary[]> =>
    (await get(`/traces?${new URLSearchParams(query)}`, traceListSchema))?.traces ?? [];

  return {
    list: ({ slow, failed, limit }) => list({ slow: `${slow}`, failed: `${failed}`, limit: `${limit}` }),
    ofOrder: async (orderId) => (await list({ order_id: orderId, limit: `${MAX_LIMIT}` })).reverse(),
    read: (traceId) => get(`/traces/${traceId}`, tracesDataSchema),
  };
}

const isTraceNotFound = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && 'code' in body && body.code === 'trace_not_found';

const unavailable = ({ tracesEndpoint }: Pick<Settings, 'tracesEndpoint'>, baseUrl: string): string =>
  tracesEndpoint === undefined
    ? `No trace store answers at ${baseUrl}: start it with "npm start", or set TRACES_PORT to the port of the running one. It has no store if it was started with OTEL_EXPORTER_OTLP_ENDPOINT.`
    : `"npm start" stores no traces: OTEL_EXPORTER_OTLP_ENDPOINT is ${tracesEndpoint}. Remove it, and restart.`;
