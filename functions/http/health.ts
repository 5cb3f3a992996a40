import { config } from '../../lib/config/config.ts';
import { version } from '../../lib/config/version.ts';
import { endpoint, json } from '../../lib/http/endpoint.ts';
import { checkHealth } from '../../lib/http/health-check.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import type { Health } from '../../lib/http/service-schemas.ts';
import { stalledConsumers } from '../../lib/http/stalled-consumers.ts';
import { clusterCheck, database } from '../../lib/runtime/connections.ts';

/** `GET /api/health` */
export const handler: HttpHandler = endpoint(async () => {
  const dependencies = {
    kafka: () => clusterCheck()(`${config().kafkaPrefix}orders`),
    database: () => database().ping(),
  };
  const health = await checkHealth(dependencies, stalledConsumers());
  const body: Health = { ...health, version };
  return json(health.status === 'unhealthy' ? 503 : 200, body);
});
