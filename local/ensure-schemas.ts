import { join } from 'node:path';
import type { Output } from '../cli/output.ts';
import { classifyError } from '../lib/errors/orderly-error.ts';
import { registerSchemas } from '../lib/schema-registry/register-schemas.ts';
import { PROJECT_ROOT } from './settings.ts';

const TIMEOUT_MS = 5_000;

/** Registers the schemas of records. A registry that is unavailable or refuses one is a warning: orders do not need it. */
export async function ensureSchemas(url: string, output: Output): Promise<void> {
  const directory = join(PROJECT_ROOT, 'contracts/schemas');
  try {
    const { subjects } = await registerSchemas(
      { url, timeoutMs: TIMEOUT_MS },
      { directory, topicPrefix: '' },
    );
    output.step(`Registered the schemas: ${subjects.join(', ')}`);
  } catch (error) {
    output.warn(
      `The schemas are not registered: ${classifyError(error).message} Check SCHEMA_REGISTRY_URL, or see docs/contracts.md#schema-registry.`,
    );
  }
}
