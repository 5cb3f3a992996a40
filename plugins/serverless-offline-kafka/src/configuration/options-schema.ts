import * as z from 'zod';
import { deliveryBackoff } from '../delivery/backoff.ts';
import { secret, security } from './security.ts';

const servers = z
  .string()
  .regex(/^\s*[^\s,]+:\d+\s*(,\s*[^\s,]+:\d+\s*)*$/, 'must be host:port, separated by commas');

/** An empty value, such as the result of `${env:BROKERS, ''}`, counts as unset. */
const emptyAsUnset = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((given) => (given === '' ? undefined : given), schema.optional());

const backoff = z
  .strictObject({
    initialMs: z.int().min(1).default(deliveryBackoff.initialMs),
    maximumMs: z.int().min(1).default(deliveryBackoff.maximumMs),
  })
  .refine(({ initialMs, maximumMs }) => initialMs <= maximumMs, 'initialMs exceeds maximumMs');

/** Returns the schema of `custom.serverless-offline-kafka`. File names are relative to the service's folder. */
export function optionsSchema(serviceDir: string) {
  const mappingOptions = {
    bootstrapServers: emptyAsUnset(servers),
    security: security(serviceDir).optional(),
    batches: z.enum(['per-partition', 'mixed']).optional(),
    nullFields: z.enum(['omit', 'null']).optional(),
    retryBackoff: backoff.optional(),
    partialResponse: z.enum(['reported', 'from-lowest']).optional(),
    filterMismatch: z.enum(['pass', 'drop']).optional(),
  };
  const properties = z.record(z.string(), z.unknown()).optional();
  return z.strictObject({
    ...mappingOptions,
    sessionTimeoutMs: z.int().min(1_000).default(6_000),
    secrets: z.record(z.string(), secret(serviceDir)).default({}),
    assumeProvisionedMode: z.boolean().default(false),
    sqsEndpoint: z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
    functions: z.record(z.string(), z.strictObject(mappingOptions)).default({}),
    mappings: z.record(z.string(), z.strictObject({ ...mappingOptions, Properties: properties })).default({}),
  });
}
