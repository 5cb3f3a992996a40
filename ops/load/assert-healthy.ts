import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** @throws OrderlyError `local_stack` if the API does not answer, or reports an unavailable server. */
export async function assertHealthy(apiUrl: string): Promise<void> {
  const health = await fetch(`${apiUrl}/api/health`).catch(() => undefined);
  if (health?.status !== 200) {
    const how = health === undefined ? 'does not answer' : `is not healthy (${await health.text()})`;
    throw new OrderlyError('local_stack', `The API at ${apiUrl} ${how}: start "npm start" first.`);
  }
}
