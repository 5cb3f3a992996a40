import * as z from 'zod';
import { OrderlyError } from '../errors/orderly-error.ts';
import { type RegistryOptions, registryRequest } from './registry-request.ts';

/** How a registry identifies a schema. An id is a signed 32-bit number in records. */
const schemaIdSchema = z.object({
  id: z.int().min(0).max(0x7fff_ffff),
  /** Confluent Platform since 8.1. Apicurio and Karapace have none. */
  guid: z.guid().nullish(),
});

export type SchemaId = Readonly<z.infer<typeof schemaIdSchema>>;

/**
 * Returns the id of the latest version of a subject. The deployment registers the schema of a release before it deploys
 * the functions. During a deployment and after a roll-back, the latest version may be newer than the process. The
 * evolution check keeps the versions compatible in both directions.
 * @throws OrderlyError like `registryRequest`
 */
export async function latestSchemaId(options: RegistryOptions, subject: string): Promise<SchemaId> {
  const path = `/subjects/${encodeURIComponent(subject)}/versions/latest`;
  const { data } = schemaIdSchema.safeParse(await registryRequest(options, 'GET', path));
  if (data === undefined) {
    throw new OrderlyError(
      'schema_registry_failed',
      `The schema registry returned no valid id of ${subject}: check that SCHEMA_REGISTRY_URL is its base URL.`,
    );
  }
  return data;
}
