import * as z from 'zod';
import type { FunctionDefinition } from './serverless.ts';

interface EventKind {
  /** What `serverless.yml` calls the trigger. */
  readonly trigger: 'httpApi' | 'msk' | 'schedule';
  readonly name: string;
  /** As much of its shape as tells it from others. */
  readonly shape: z.ZodType;
  /** A file of `events/` for a function; a test keeps them in step. */
  readonly sampleFor: (functionName: string) => string;
}

const eventKinds: readonly EventKind[] = [
  {
    trigger: 'httpApi',
    name: 'an HTTP event',
    shape: z.object({ requestContext: z.object({ http: z.object({}) }) }),
    sampleFor: (functionName) => functionName.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
  },
  {
    trigger: 'msk',
    name: 'a Kafka event',
    shape: z.object({ records: z.object({}) }),
    sampleFor: (functionName) => (functionName === 'fulfilOrders' ? 'status-processing' : 'orders-batch'),
  },
  {
    trigger: 'schedule',
    name: 'a scheduled event',
    shape: z.object({ 'detail-type': z.literal('Scheduled Event') }),
    sampleFor: () => 'scheduled',
  },
];

/**
 * Why a function cannot take an event, in one line that says which it can take; undefined when it can. It judges the kind
 * alone: what is wrong inside an event is the function's to say.
 */
export function findMisfit(
  functionName: string,
  { events = [] }: FunctionDefinition,
  event: unknown,
): string | undefined {
  const kind = eventKinds.find(({ trigger }) => events.some((definition) => trigger in definition));
  if (!kind || kind.shape.safeParse(event).success) {
    return undefined;
  }
  return `${functionName} takes ${kind.name}: -p events/${kind.sampleFor(functionName)}.json`;
}
