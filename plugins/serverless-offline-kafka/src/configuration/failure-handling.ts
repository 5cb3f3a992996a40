import type { DestinationDefinition, FailureHandling } from './mapping-definition.ts';
import type { MappingProperties } from './mapping-properties.ts';
import type { MappingOptions } from './options.ts';

/** AWS gives up after so many retries if they are infinite and there is somewhere for the records to go. */
const RETRIES_WITH_DESTINATION = 10;

export interface FailurePlan {
  readonly failures: FailureHandling;
  readonly destination?: DestinationDefinition;
  /** Settings that have no effect, because AWS has them in provisioned mode only. */
  readonly withoutEffect: readonly string[];
}

/**
 * What becomes of batches that fail. On AWS most of it needs provisioned mode; `assumesProvisioned` honours it all the
 * same. https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function failurePlan(
  given: MappingProperties,
  { partialResponse, backoff }: MappingOptions,
  assumesProvisioned: boolean,
): FailurePlan {
  const asked = given.DestinationConfig?.OnFailure?.Destination;
  const isProvisioned =
    assumesProvisioned || Object.values(given.ProvisionedPollerConfig).some((value) => value !== undefined);
  const destination = asked?.type === 'kafka' && !isProvisioned ? undefined : asked;
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
  const asked: Readonly<Record<string, boolean>> = {
    MaximumRetryAttempts: given.MaximumRetryAttempts !== -1,
    MaximumRecordAgeInSeconds: given.MaximumRecordAgeInSeconds !== -1,
    BisectBatchOnFunctionError: given.BisectBatchOnFunctionError,
    FunctionResponseTypes: given.FunctionResponseTypes.length > 0,
    DestinationConfig: given.DestinationConfig?.OnFailure?.Destination?.type === 'kafka',
    LoggingConfig: given.LoggingConfig?.SystemLogLevel !== undefined,
  };
  return Object.keys(asked).filter((name) => asked[name]);
}
