import type { DestinationDefinition, FailureHandling } from './mapping-definition.ts';
import type { MappingProperties } from './mapping-properties.ts';
import type { MappingOptions } from './options.ts';

/** AWS's limit if the retries are infinite and there is a destination. */
const RETRIES_WITH_DESTINATION = 10;

export interface FailurePlan {
  readonly failures: FailureHandling;
  readonly destination?: DestinationDefinition;
  /** Settings without effect, because they need provisioned mode. */
  readonly withoutEffect: readonly string[];
}

/**
 * Returns the handling of failed batches. Most settings need provisioned mode, unless `assumesProvisioned` is set.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function failurePlan(
  given: MappingProperties,
  { partialResponse, backoff }: MappingOptions,
  assumesProvisioned: boolean,
): FailurePlan {
  const requested = given.DestinationConfig?.OnFailure?.Destination;
  const isProvisioned =
    assumesProvisioned || Object.values(given.ProvisionedPollerConfig).some((value) => value !== undefined);
  const destination = requested?.type === 'kafka' && !isProvisioned ? undefined : requested;
  const retries = isProvisioned ? given.MaximumRetryAttempts : -1;
  const ageSeconds = isProvisioned ? given.MaximumRecordAgeInSeconds : -1;
  return {
    failures: {
      maximumRetries:
        retries >= 0 ? retries : destination ? RETRIES_WITH_DESTINATION : Number.POSITIVE_INFINITY,
      maximumRecordAgeMs: ageSeconds >= 0 ? ageSeconds * 1_000 : Number.POSITIVE_INFINITY,
      bisects: isProvisioned && given.BisectBatchOnFunctionError,
      reportsItemFailures: isProvisioned && given.FunctionResponseTypes.length > 0,
      partialResponse,
      backoff,
    },
    ...(destination && { destination }),
    withoutEffect: isProvisioned ? [] : provisionedOnly(given),
  };
}

function provisionedOnly(given: MappingProperties): string[] {
  const requested: Readonly<Record<string, boolean>> = {
    MaximumRetryAttempts: given.MaximumRetryAttempts !== -1,
    MaximumRecordAgeInSeconds: given.MaximumRecordAgeInSeconds !== -1,
    BisectBatchOnFunctionError: given.BisectBatchOnFunctionError,
    FunctionResponseTypes: given.FunctionResponseTypes.length > 0,
    DestinationConfig: given.DestinationConfig?.OnFailure?.Destination?.type === 'kafka',
    LoggingConfig: given.LoggingConfig?.SystemLogLevel !== undefined,
  };
  return Object.keys(requested).filter((name) => requested[name]);
}
