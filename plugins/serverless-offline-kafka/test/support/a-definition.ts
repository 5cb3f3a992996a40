import type { FailureHandling, MappingDefinition } from '../../src/configuration/mapping-definition.ts';
import { deliveryBackoff } from '../../src/delivery/backoff.ts';

export interface DefinitionSettings extends Partial<Omit<MappingDefinition, 'failures'>> {
  readonly failures?: Partial<FailureHandling>;
}

/** The default failure handling. */
const FOR_EVER: FailureHandling = {
  maximumRetries: Number.POSITIVE_INFINITY,
  maximumRecordAgeMs: Number.POSITIVE_INFINITY,
  bisects: false,
  reportsItemFailures: false,
  partialResponse: 'reported',
  backoff: deliveryBackoff,
};

/** Returns a mapping of the function `work` to the topic `orders`. */
export function aDefinition({ failures, ...settings }: DefinitionSettings = {}): MappingDefinition {
  return {
    logicalId: 'Mapping',
    functionKey: 'work',
    topic: 'orders',
    consumerGroupId: `${settings.topic ?? 'orders'}-group`,
    batchSize: 10,
    batchingWindowMs: 0,
    startingPosition: { type: 'TRIM_HORIZON' },
    filters: [],
    filterMismatch: 'pass',
    failures: { ...FOR_EVER, ...failures },
    batches: 'per-partition',
    nullFields: 'omit',
    cluster: { bootstrapServers: 'localhost:9092', security: {}, sessionTimeoutMs: 6_000 },
    ...settings,
  };
}
