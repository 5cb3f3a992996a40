import { createClient } from '../../client/src/index.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** @throws OrderlyError `local_stack` if the API does not answer, or reports an unavailable server. */
export async function assertHealthy(apiUrl: string): Promise<void> {
  await using client = createClient({ baseUrl: apiUrl });
  const health = await client.health().catch(() => undefined);
  if (health === undefined || health.status === 'unhealthy') {
    const how =
      health === undefined ? 'does not answer' : `is not healthy (${JSON.stringify(health.dependencies)})`;
    throw new OrderlyError('local_stack', `The API at ${apiUrl} ${how}: start "npm start" first.`);
  }
}
