import type { MSKEvent, SelfManagedKafkaEvent } from 'aws-lambda';
import * as z from 'zod';

/** Schemas of the types in @types/aws-lambda. The compiler compares them, and they reject additional fields. */
const record = z.strictObject({
  topic: z.string(),
  partition: z.number(),
  offset: z.number(),
  timestamp: z.number(),
  timestampType: z.enum(['CREATE_TIME', 'LOG_APPEND_TIME']),
  key: z.string(),
  value: z.string(),
  headers: z.array(z.record(z.string(), z.array(z.number()))),
});

const records = z.record(z.string(), z.array(record));

type Exactly<Schema extends z.ZodType, Type> = [Type] extends [z.input<Schema>] ? z.ZodType<Type> : never;

const msk = z.strictObject({
  eventSource: z.literal('aws:kafka'),
  eventSourceArn: z.string(),
  bootstrapServers: z.string(),
  records,
});

const selfManaged = z.strictObject({
  eventSource: z.literal('SelfManagedKafka'),
  bootstrapServers: z.string(),
  records,
});

export const mskEvent: Exactly<typeof msk, MSKEvent> = msk;
export const selfManagedKafkaEvent: Exactly<typeof selfManaged, SelfManagedKafkaEvent> = selfManaged;
