import * as z from 'zod';

// Values are validated later, as properties of the mapping.
const value = z.unknown().optional();
const values = z.array(z.string()).optional();

const settings = {
  topic: z.string(),
  batchSize: value,
  maximumBatchingWindow: value,
  enabled: value,
  startingPosition: value,
  startingPositionTimestamp: value,
  consumerGroupId: value,
  filterPatterns: z.array(z.unknown()).nullish(),
  provisionedPollerConfig: z.record(z.string(), z.unknown()).nullish(),
};

/**
 * The settings of an `msk` event in osls. Unknown settings are rejected, because osls drops them if `configValidationMode` is
 * off.
 */
export const mskEvent = z.strictObject({
  ...settings,
  arn: z.union(
    [z.string(), z.strictObject({ Ref: z.string() }), z.strictObject({ 'Fn::ImportValue': z.string() })],
    'must be an ARN, a Ref or an Fn::ImportValue',
  ),
  saslScram512: value,
});

/** The settings of a `kafka` event in osls. */
export const kafkaEvent = z.strictObject({
  ...settings,
  bootstrapServers: value,
  accessConfigurations: z
    .strictObject({
      vpcSubnet: values,
      vpcSecurityGroup: values,
      saslPlainAuth: values,
      saslScram256Auth: values,
      saslScram512Auth: values,
      clientCertificateTlsAuth: values,
      serverRootCaCertificate: values,
    })
    .optional(),
  onFailureDestination: value,
});

export type MskEvent = z.infer<typeof mskEvent>;
export type KafkaEvent = z.infer<typeof kafkaEvent>;
