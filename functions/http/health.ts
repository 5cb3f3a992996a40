import { config } from '../../lib/config.ts';
import { clusterCheck, database } from '../../lib/connections.ts';
import { endpoint, json } from '../../lib/http/endpoint.ts';
import { checkHealth } from '../../lib/http/health-check.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { version } from '../../lib/version.ts';

/** `GET /api/health` */
export const handler: HttpHandler = endpoint(async () => {
  const health = await checkHealth({
    kafka: () => clusterCheck()(`${config().kafkaPrefix}orders`),
    database: () => database().ping(),
  });
  return json(health.status === 'healthy' ? 200 : 503, { ...health, version });
});
