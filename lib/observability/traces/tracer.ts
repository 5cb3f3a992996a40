import { setTimeout as delay } from 'node:timers/promises';
import { resourceFromAttributes } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { CredentialsProvider } from '../../aws/aws-credentials.ts';
import type { TraceSettings } from '../../config/config.ts';
import { sanitizeMessage } from '../../errors/orderly-error.ts';
import type { Clock } from '../../time/clock.ts';
import type { OperationName, OperationStart, PerStart } from '../flow-events.ts';
import { exportSpans } from './export-spans.ts';
import { InvocationTrace } from './invocation-trace.ts';
import { resourceNames } from './semantic-names.ts';
import { createSpanRecorder, MAX_SPANS } from './span-recorder.ts';
import { describeOperation } from './spans.ts';
import type { TraceContext } from './traceparent.ts';

/**
 * The part of tracing that is loaded with the first sampled trace. It is a separate file in the packages, with its own copies
 * of modules. So it shares no state with other modules, and receives all it needs as parameters.
 */
export interface Tracer {
  /** Starts the trace of an invocation. `root` decides the trace of a request. */
  begin<Name extends OperationName>(operation: OperationStart<Name>, root: TraceRoot): TracedInvocation;
}

export interface TraceRoot {
  /** The id of a new trace. */
  readonly traceId?: string;
  /** The span of the caller. */
  readonly parent?: TraceContext | undefined;
}

export interface TracedInvocation {
  readonly trace: InvocationTrace;
  /**
   * Sends the spans that have ended. Never rejects. Returns what was lost; undefined if nothing was, or if another
   * invocation returns it.
   */
  readonly send: () => Promise<LostSpans | undefined>;
}

export interface LostSpans {
  readonly spans: number;
  readonly reason: string;
}

export interface TracerOptions {
  readonly settings: TraceSettings;
  readonly version: string;
  readonly credentials: CredentialsProvider;
  readonly clock: Clock;
}

/** Sends ended spans. `dropped` is the number of spans that were not recorded. */
type Send = (spans: readonly ReadableSpan[], dropped: number) => Promise<LostSpans | undefined>;

/** The pause of exports after a failure, so that an outage delays few answers. */
export const PAUSE_AFTER_FAILURE_MS = 5_000;

/** Locally, spans wait this long for those of other invocations, because a request costs more CPU time than its spans. */
export const GROUPING_MS = 200;
/** At most this many spans of several invocations are sent together, about 0.5 MB. */
const MAX_GROUPED_SPANS = 500;

export function createTracer({ settings, version, credentials, clock }: TracerOptions): Tracer {
  const resource = resourceFromAttributes(resourceAttributes(settings, version));
  const sendOne = createSend(settings, credentials, clock);
  const send = settings.stopsAfterAnswer ? sendOne : sendInGroups(sendOne);

  return {
    begin: (operation, { traceId, parent }) => {
      const recorder = createSpanRecorder(resource, version, traceId);
      const trace = new InvocationTrace(recorder, describeOperation(operation));
      beginnings[operation.name]?.(operation, trace, parent);
      return { trace, send: () => send(recorder.take(), recorder.dropped) };
    },
  };
}

/** Sends spans with one request, unless an export has failed recently. */
function createSend({ endpoint }: TraceSettings, credentials: CredentialsProvider, clock: Clock): Send {
  let failedAt = Number.NEGATIVE_INFINITY;
  /** A clock that was set back does not prolong the pause. */
  const isPaused = (): boolean => Math.abs(clock() - failedAt) < PAUSE_AFTER_FAILURE_MS;
  /** The spans that were not sent during a pause. The next line reports them. */
  let unsent = 0;

  return async (spans, dropped) => {
    if (spans.length === 0) {
      return undefined;
    }
    if (isPaused()) {
      unsent += spans.length + dropped;
      return undefined;
    }
    const earlier = unsent + dropped;
    unsent = 0;
    try {
      const rejected = await exportSpans(endpoint, spans, credentials);
      const lost = earlier + rejected.spans;
      return lost > 0
        ? { spans: lost, reason: rejected.reason || (dropped > 0 ? TOO_MANY : PAUSED) }
        : undefined;
    } catch (error) {
      failedAt = clock();
      return { spans: earlier + spans.length, reason: describeFailure(error) };
    }
  };
}

/** Sends the spans of several invocations together. The first invocation of a group returns what the group has lost. */
function sendInGroups(send: Send): Send {
  let open: { readonly spans: ReadableSpan[]; dropped: number } | undefined;

  return async (spans, dropped) => {
    if (open !== undefined && open.spans.length + spans.length <= MAX_GROUPED_SPANS) {
      open.spans.push(...spans);
      open.dropped += dropped;
      return undefined;
    }
    const group = { spans: [...spans], dropped };
    open = group;
    await delay(GROUPING_MS);
    if (open === group) {
      open = undefined;
    }
    return send(group.spans, group.dropped);
  };
}

const TOO_MANY = `the invocation had more than ${MAX_SPANS} spans`;
const PAUSED = `nothing was sent for ${PAUSE_AFTER_FAILURE_MS / 1_000} s after the last failure`;

/** An error for several addresses has no message of its own. */
const describeFailure = (error: unknown): string => {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return sanitizeMessage(Error.isError(first) ? first.message : String(first));
};

const beginnings: PerStart<[trace: InvocationTrace, parent: TraceContext | undefined], void> = {
  'request.answered': (_operation, trace, parent) => trace.startRequest(parent),
  'batch.processed': ({ start }, trace) => trace.startBatch(start.records),
  'calls.made': ({ start }, trace) => trace.continueOrders(start.delivered?.waiting ?? []),
};

const resourceAttributes = (
  { stage, functionName, region }: TraceSettings,
  version: string,
): Record<string, string> => ({
  [resourceNames.serviceName]: 'orderly',
  [resourceNames.serviceVersion]: version,
  [resourceNames.environmentName]: stage,
  ...(functionName !== undefined && {
    [resourceNames.functionName]: functionName,
    [resourceNames.cloudProvider]: 'aws',
    [resourceNames.cloudPlatform]: 'aws_lambda',
    ...(region !== undefined && { [resourceNames.cloudRegion]: region }),
  }),
});
