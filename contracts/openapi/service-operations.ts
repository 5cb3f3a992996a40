import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { version } from '../../lib/config/version.ts';
import { type Health, healthSchema, welcomeSchema } from '../../lib/http/service-schemas.ts';
import { welcome } from '../../lib/http/welcome.ts';
import { answer, operation } from './operation.ts';

const healthy: Health = {
  status: 'healthy',
  dependencies: { kafka: { state: 'up', ms: 12 }, database: { state: 'up', ms: 3 } },
  version,
};

const degraded: Health = {
  ...healthy,
  status: 'degraded',
  stalled_consumers: [
    {
      consumer: 'processOrders',
      group: 'order-processing-group',
      topic: 'orders',
      partition: 0,
      offset: 1_042,
      records_waiting: 17,
      stalled_seconds: 31,
      reason: 'the function fails',
    },
  ],
};

const unhealthy: Health = {
  ...healthy,
  status: 'unhealthy',
  dependencies: { kafka: { state: 'up', ms: 12 }, database: { state: 'down', ms: 3_001 } },
};

export const servicePaths: ZodOpenApiPathsObject = {
  '/': {
    get: operation({
      function: 'welcome',
      tag: 'Service',
      summary: 'Name, version and links',
      description: 'Needs no token, and neither Kafka nor PostgreSQL.',
      answers: { 200: answer('The service.', welcomeSchema, { welcome: welcome(version) }) },
    }),
  },
  '/api/health': {
    get: operation({
      function: 'health',
      tag: 'Service',
      summary: 'Whether Kafka and PostgreSQL are available',
      description: 'Needs no token. The checks time out after at most 3 seconds.',
      answers: {
        200: answer('Every dependency is up.', healthSchema, { healthy, degraded }),
        503: answer('A dependency is down.', healthSchema, { unhealthy }),
      },
    }),
  },
};
