import * as z from 'zod';
import type { FunctionDefinition } from './serverless.ts';

interface EventKind {
  /** The key of the trigger in `serverless.yml`. */
  readonly trigger: 'httpApi' | 'msk' | 'schedule';
  readonly name: string;
  /** The part of the event's shape that distinguishes it from other kinds. */
  readonly shape: z.ZodType;
  /** Returns the name of a file in `events/`. A test checks that it exists. */
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
 * Returns one line that names the supported kind of event, or undefined if the function supports the event. Checks only the
 * kind: the function itself validates the content of the event.
 */
export function unsupportedEvent(
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
