import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';

const service = z.object({
  image: z.string(),
  environment: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  network_mode: z.string().optional(),
  profiles: z.array(z.string()).default([]),
  restart: z.string(),
  healthcheck: z.object({ test: z.array(z.string()) }),
});

const file = z.object({
  services: z
    .object({
      grafana: service,
      kafka: service,
      'kafka-ui': service,
      postgres: service,
      prometheus: service,
    })
    .strict(),
  volumes: z.record(z.string(), z.null()),
});

/** Parses `docker-compose.yml`, without substitution of its variables. */
export const composeFile = (): z.infer<typeof file> =>
  file.parse(parse(readFileSync('docker-compose.yml', 'utf8')));

/**
 * Returns the broker setting that the image derives from a variable. Settings with underscores or dashes do not occur.
 */
export const kafkaProperty = (variable: string): string =>
  variable
    .replace(/^KAFKA_/, '')
    .toLowerCase()
    .replaceAll('_', '.');
