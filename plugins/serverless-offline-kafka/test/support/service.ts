import type { FunctionEvent, Service } from '../../src/serverless.ts';

export const CLUSTER_ARN =
  'arn:aws:kafka:eu-west-1:000000000000:cluster/orders/00000000-0000-0000-0000-000000000000-1';

/** Returns a service named `shop` with functions that have these events. */
export function aService(
  events: Readonly<Record<string, readonly FunctionEvent[]>>,
  parts: Partial<Service> = {},
): Service {
  return {
    service: 'shop',
    provider: { stage: 'dev', region: 'eu-west-1' },
    getAllFunctions: () => Object.keys(events),
    getFunction: (key) => ({ events: events[key] ?? [] }),
    ...parts,
  };
}
