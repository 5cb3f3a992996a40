import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { registeredSchemas, subjectOf } from './registered-schemas.ts';
import { type RegistryOptions, registryRequest } from './registry-request.ts';

export interface SchemasToRegister {
  /** Contains the schemas as `<name>.json`. */
  readonly directory: string;
  /** The prefix of topic names on the cluster. */
  readonly topicPrefix: string;
}

export interface RegisteredSubjects {
  readonly subjects: readonly string[];
}

/** The latest draft that the compatibility check of Apicurio reads. The schemas of records use no newer keyword. */
const DRAFT = 'http://json-schema.org/draft-07/schema#';

/**
 * Consumers that know an older schema must be able to read newer records. The schemas are open: with FORWARD a registry
 * accepts a new property, with BACKWARD it rejects it. `npm run check` tests the other direction.
 */
const COMPATIBILITY = 'FORWARD';

const documentSchema = z.record(z.string(), z.unknown());

/**
 * Registers the schemas of all records, and the compatibility that later versions need. Repeating it changes nothing.
 * Returns the subjects. The title becomes the name of the record, which Confluent's TopicRecordNameStrategy reads there.
 * @throws OrderlyError like `registryRequest`. The schemas before the rejected one stay registered.
 */
export async function registerSchemas(
  options: RegistryOptions,
  { directory, topicPrefix }: SchemasToRegister,
): Promise<RegisteredSubjects> {
  const subjects: string[] = [];
  for (const registered of registeredSchemas) {
    const { name } = registered;
    const subject = subjectOf(registered, topicPrefix);
    const document = documentSchema.parse(
      JSON.parse(await readFile(join(directory, `${name}.json`), 'utf8')),
    );
    const schema = JSON.stringify({ ...document, $schema: DRAFT, title: name });
    const path = encodeURIComponent(subject);
    await registryRequest(options, 'POST', `/subjects/${path}/versions`, { schemaType: 'JSON', schema });
    // Afterwards, because Apicurio requires that the subject exists
    await registryRequest(options, 'PUT', `/config/${path}`, { compatibility: COMPATIBILITY });
    subjects.push(subject);
  }
  return { subjects };
}
