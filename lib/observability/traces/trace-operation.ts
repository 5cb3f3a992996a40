import { environmentCredentials, type TraceSettings, traceSettings } from '../../config/config.ts';
import { version } from '../../config/version.ts';
import { systemClock } from '../../time/clock.ts';
import type { OperationEvent, OperationName, OperationStart, PerStart } from '../flow-events.ts';
import { log } from '../logs/logger.ts';
import { currentTrace, runInTrace, runOutsideTrace } from './current-trace.ts';
import { createSampler, type Sampler } from './sampler.ts';
import { parseTraceparent, sampledContext } from './traceparent.ts';
import type { TracedInvocation, TraceRoot, Tracer } from './tracer.ts';

/** Ends the span of an operation. */
export type EndSpan<Name extends OperationName> = (event: OperationEvent<Name>) => void;

const noSpan = (): void => undefined;

/**
 * Runs an operation inside its span, if it belongs to a sampled trace. `work` ends the span. If the process
 * stops after its answer, the operation of an invocation returns after its spans were sent, which takes at most a second.
 */
export function traceOperation<Name extends OperationName, Result>(
  operation: OperationStart<Name>,
  work: (endSpan: EndSpan<Name>) => Promise<Result>,
): Promise<Result> {
  const settings = traceSettings();
  if (settings === undefined) {
    return work(noSpan);
  }
  const rootOf = roots[operation.name];
  if (rootOf !== undefined) {
    const root = rootOf(operation, settings);
    return root === undefined
      ? runOutsideTrace(() => work(noSpan))
      : traceInvocation(operation, root, settings, work);
  }
  const current = currentTrace();
  const span = current?.trace.start(operation, current.span);
  return current === undefined || span === undefined
    ? work(noSpan)
    : runInTrace({ trace: current.trace, span: span.identity }, () => work(span.end));
}

let sampler: Sampler | undefined;

/**
 * The root of each operation that is an invocation; undefined if it is not sampled. A run of the relay or of calls learns
 * from the database which orders it serves, so it may be sampled.
 */
const roots: PerStart<[settings: TraceSettings], TraceRoot | undefined> = {
  'request.answered': ({ start }, { ratio }) => {
    const parent = parseTraceparent(start.traceparent);
    sampler ??= createSampler(ratio, systemClock);
    if (parent !== undefined) {
      return parent.sampled ? { parent } : undefined; // a caller's decision stands
    }
    const traceId = sampler(start);
    return traceId === undefined ? undefined : { traceId };
  },
  'batch.processed': ({ start }) =>
    start.records.some((record) => sampledContext(record) !== undefined) ? {} : undefined,
  'outbox.relayed': () => ({}),
  'calls.made': () => ({}),
};

async function traceInvocation<Name extends OperationName, Result>(
  operation: OperationStart<Name>,
  root: TraceRoot,
  settings: TraceSettings,
  work: (endSpan: EndSpan<Name>) => Promise<Result>,
): Promise<Result> {
  const tracer = await loadTracer(settings);
  if (tracer === undefined) {
    return work(noSpan);
  }
  const { trace, send } = tracer.begin(operation, root);
  return runInTrace({ trace, span: trace.root }, async () => {
    try {
      return await work((event) => trace.end(event));
    } finally {
      const sent = sendAndReport(send);
      if (settings.stopsAfterAnswer) {
        await sent;
      }
    }
  });
}

/** Never rejects. */
async function sendAndReport(send: TracedInvocation['send']): Promise<void> {
  const lost = await send();
  if (lost !== undefined) {
    log('warn', 'spans were lost', { ...lost });
  }
}

let loading: Promise<Tracer | undefined> | undefined;

/** Loads the SDK with the first sampled trace. Returns undefined if it cannot be loaded, which is logged once. */
function loadTracer(settings: TraceSettings): Promise<Tracer | undefined> {
  loading ??= import('./tracer.ts')
    .then(({ createTracer }) =>
      createTracer({ settings, version, credentials: environmentCredentials, clock: systemClock }),
    )
    .catch((error) => {
      log('error', 'the tracer could not be loaded; there are no spans', { error });
      return undefined;
    });
  return loading;
}
