import { version } from '../../lib/config/version.ts';
import { endpoint, json } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';

/** `GET /` */
export const handler: HttpHandler = endpoint(async () =>
  json(200, {
    name: 'Orderly',
    version,
    message: 'Welcome to Orderly, the order system on Lambda and Kafka.',
    links: { health: '/api/health', orders: '/api/orders' },
  }),
);
