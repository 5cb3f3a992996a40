import {
  type Attributes,
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  RandomIdGenerator,
  type ReadableSpan,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { spanNames } from './semantic-names.ts';
import type { SpanDescription, SpanResult } from './spans.ts';
import type { SpanIdentity } from './traceparent.ts';

/** A span that is being recorded. */
export interface RecordedSpan {
  readonly identity: SpanIdentity;
  setAttributes(attributes: Attributes): void;
  end(result?: SpanResult): void;
}

/** Where a span belongs. */
export interface SpanPlace {
  /** Without a parent, the span begins a trace. */
  readonly parent?: SpanIdentity | undefined;
  /** True if the parent is in another process. */
  readonly isRemote?: boolean;
  readonly links?: readonly SpanIdentity[];
  /** Milliseconds since the epoch. Default: now. */
  readonly startedAt?: number;
}

/** Records the spans of one invocation. */
export interface SpanRecorder {
  /** Starts a span. Returns undefined if the invocation has too many. */
  start(description: SpanDescription, place: SpanPlace): RecordedSpan | undefined;
  /** The spans that were not recorded. */
  readonly dropped: number;
  /** Returns the spans that have ended, and forgets them: a connection that outlives the invocation refers to its trace. */
  take(): readonly ReadableSpan[];
}

/** A collector accepts a few megabytes in one request; a span has about 700 bytes. */
export const MAX_SPANS = 4_000;

const limits = {
  attributeValueLengthLimit: 256,
  attributeCountLimit: 32,
  linkCountLimit: 128,
  eventCountLimit: 0,
};

/** Creates a recorder. A span without a parent gets this trace id, or a random one. */
export function createSpanRecorder(resource: Resource, version: string, traceId?: string): SpanRecorder {
  const ended: ReadableSpan[] = [];
  let started = 0;
  let dropped = 0;
  const provider = new TracerProvider({
    resource,
    sampler: new AlwaysOnSampler(), // the decision has been made: this invocation is sampled
    spanLimits: limits,
    idGenerator: idGenerator(traceId),
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => {
          ended.push(span);
        },
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  });
  const tracer = provider.getTracer('orderly', version);
  return {
    start: ({ name, kind, attributes }, { parent, isRemote = false, links = [], startedAt }) => {
      if (started >= MAX_SPANS) {
        dropped += 1;
        return undefined;
      }
      started += 1;
      const context =
        parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, contextOf(parent, isRemote));
      const span = tracer.startSpan(
        name,
        {
          kind,
          attributes,
          links: links.map(linkTo),
          ...(startedAt !== undefined && { startTime: startedAt }),
        },
        context,
      );
      return recordedSpan(span);
    },
    get dropped() {
      return dropped;
    },
    take: () => ended.splice(0),
  };
}

function idGenerator(traceId: string | undefined): RandomIdGenerator {
  const ids = new RandomIdGenerator();
  if (traceId !== undefined) {
    ids.generateTraceId = () => traceId;
  }
  return ids;
}

const contextOf = ({ traceId, spanId }: SpanIdentity, isRemote: boolean): SpanContext => ({
  traceId,
  spanId,
  traceFlags: TraceFlags.SAMPLED,
  isRemote,
});

const linkTo = (identity: SpanIdentity): Link => ({ context: contextOf(identity, false) });

function recordedSpan(span: Span): RecordedSpan {
  const { traceId, spanId } = span.spanContext();
  return {
    identity: { traceId, spanId },
    setAttributes: (attributes) => {
      span.setAttributes(attributes);
    },
    end: ({ attributes = {}, error } = {}) => {
      span.setAttributes(attributes);
      if (error !== undefined) {
        span.setAttributes({ [spanNames.errorType]: error.type });
        span.setStatus({
          code: SpanStatusCode.ERROR,
          ...(error.message !== undefined && { message: error.message }),
        });
      }
      span.end();
    },
  };
}
