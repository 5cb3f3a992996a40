import type { Welcome } from './service-schemas.ts';

/** Returns the answer of `GET /`: the name, the version and the paths where a client can go on. */
export const welcome = (version: string): Welcome => ({
  name: 'Orderly',
  version,
  message: 'Welcome to Orderly, the order system on Lambda and Kafka.',
  links: {
    health: '/api/health',
    orders: '/api/orders',
    reference: '/docs',
    openapi: '/openapi.json',
    asyncapi: '/asyncapi.json',
  },
});
