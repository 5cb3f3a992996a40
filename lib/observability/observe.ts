import { systemClock } from '../time/clock.ts';
import {
  type FactEvent,
  type FactName,
  type Facts,
  invocations,
  type OperationEvent,
  type OperationName,
  type OperationStart,
  type Operations,
} from './flow-events.ts';
import { log } from './logs/logger.ts';
import { publishFact, publishOperation } from './publish-events.ts';
import { reportToTrace } from './traces/current-trace.ts';
import { traceOperation } from './traces/trace-operation.ts';

/** The operations that run now. A process may serve several invocations at once. */
let running = 0;

/**
 * Runs an operation inside its span, and publishes its event when it has ended. `endOf` returns what the event reports of a
 * result. Rethrows the error of a failed operation. An event that cannot be published never fails the operation.
 */
export async function observe<Name extends OperationName, Result>(
  name: Name,
  start: Operations[Name]['start'],
  work: () => Promise<Result>,
  endOf: (result: Result) => Operations[Name]['end'],
): Promise<Result> {
  const operation: OperationStart<Name> = { name, start };
  return await traceOperation(operation, async (endSpan) => {
    const startedAt = systemClock();
    const from = performance.now();
    const publishEnd = (outcomeOf: () => OperationEvent<Name>['outcome']): void => {
      const durationMs = performance.now() - from;
      running -= 1;
      publishSafely(() => {
        const event: OperationEvent<Name> = { name, start, startedAt, durationMs, outcome: outcomeOf() };
        publishOperation(event, running > 0 && !invocations.has(name));
        endSpan(event);
      });
    };
    running += 1;
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      publishEnd(() => ({ ok: false, error }));
      throw error;
    }
    publishEnd(() => ({ ok: true, end: endOf(result) }));
    return result;
  });
}

/** Publishes what has happened at this moment. Never throws. */
export function report<Name extends FactName>(name: Name, fact: Facts[Name]): void {
  const event: FactEvent<Name> = { name, fact };
  publishSafely(() => {
    publishFact(event, running > 0);
    reportToTrace(event);
  });
}

function publishSafely(publish: () => void): void {
  try {
    publish();
  } catch (error) {
    log('error', 'an event could not be published', { error });
  }
}
