import * as z from 'zod';

/** Answers of `GET /` and `GET /api/health`. The code that makes them imports the types only. */

export const welcomeSchema = z
  .object({
    name: z.string(),
    version: z.string(),
    message: z.string(),
    links: z.record(z.string(), z.string()).meta({ description: 'Paths by name.' }),
  })
  .meta({ id: 'Welcome' });

export const stalledConsumerSchema = z
  .object({
    consumer: z.string().meta({ description: 'The name of the function.' }),
    group: z.string(),
    topic: z.string(),
    partition: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'Absent if the brokers do not answer the consumer.' }),
    offset: z.int().min(0).optional().meta({ description: 'The offset of the first waiting record.' }),
    records_waiting: z.int().min(0).optional(),
    stalled_seconds: z.int().min(0),
    reason: z.string(),
  })
  .meta({
    id: 'StalledConsumer',
    description: 'A local consumer that makes no progress although records wait.',
  });

const dependencyHealthSchema = z
  .object({
    state: z.enum(['up', 'down']),
    ms: z.int().min(0).meta({ description: 'Duration of the check.' }),
  })
  .meta({ id: 'DependencyHealth' });

export const healthSchema = z
  .object({
    status: z.enum(['healthy', 'degraded', 'unhealthy']).meta({
      description: 'degraded: every dependency is up, but a consumer makes no progress.',
    }),
    dependencies: z
      .record(z.string(), dependencyHealthSchema)
      .meta({ description: 'The dependencies kafka and database.' }),
    stalled_consumers: z
      .array(stalledConsumerSchema)
      .optional()
      .meta({ description: 'Absent if no consumer is stalled; always absent on AWS.' }),
    version: z.string(),
  })
  .meta({ id: 'Health' });

export type Welcome = Readonly<z.infer<typeof welcomeSchema>>;
export type Health = Readonly<z.infer<typeof healthSchema>>;
export type DependencyHealth = Readonly<z.infer<typeof dependencyHealthSchema>>;
export type StalledConsumer = Readonly<z.infer<typeof stalledConsumerSchema>>;
