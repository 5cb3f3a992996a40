import * as z from 'zod';
import type { Service } from '../serverless.ts';
import type { DeclaredMapping } from './declared-mappings.ts';
import type { Properties } from './event-properties.ts';
import { referredFunction } from './function-reference.ts';
import { type Problem, problemsOf, under } from './problem.ts';
import type { Resolve } from './template-values.ts';

const properties = z.record(z.string(), z.unknown()).nullish();

const templateSchema = z.object({
  Resources: z
    .record(z.string(), z.object({ Type: z.string().optional(), Properties: properties }))
    .nullish()
    .transform((resources) => resources ?? {}),
  extensions: z
    .record(z.string(), z.object({ Properties: properties }))
    .nullish()
    .transform((extensions) => extensions ?? {}),
});

/** What the service file adds to the template of the stack. */
export type Template = z.infer<typeof templateSchema>;

export function readTemplate({ resources }: Service): { template: Template; problems: readonly Problem[] } {
  const parsed = templateSchema.safeParse(resources ?? {});
  return parsed.success
    ? { template: parsed.data, problems: [] }
    : {
        template: { Resources: {}, extensions: {} },
        problems: under(['resources'], problemsOf(parsed.error)),
      };
}

/** The Kafka mappings among the template's resources. Those to other sources, such as queues, are left alone. */
export function resourceMappings(
  service: Service,
  { Resources }: Template,
  resolve: Resolve,
  isWanted: (logicalId: string) => boolean,
): { mappings: readonly DeclaredMapping[]; problems: readonly Problem[] } {
  const mappings: DeclaredMapping[] = [];
  const problems: Problem[] = [];
  for (const [logicalId, { Type, Properties }] of Object.entries(Resources)) {
    const given = Properties ?? {};
    if (Type !== 'AWS::Lambda::EventSourceMapping' || !isWanted(logicalId) || !isOfKafka(given, resolve)) {
      continue;
    }
    const path = ['resources', 'Resources', logicalId, 'Properties'];
    const functionKey = referredFunction(resolve(given.FunctionName), service);
    if (functionKey === undefined) {
      problems.push({ path: [...path, 'FunctionName'], message: 'must be a function of this service' });
      continue;
    }
    mappings.push({
      logicalId,
      functionKey,
      properties: given,
      place: (property) => [...path, ...property],
      dropped: [],
    });
  }
  return { mappings, problems };
}

const kafkaOnly = [
  'Topics',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
];

function isOfKafka(given: Properties, resolve: Resolve): boolean {
  const arn = resolve(given.EventSourceArn);
  return (
    kafkaOnly.some((name) => name in given) || (typeof arn === 'string' && /^arn:[^:]+:kafka:/.test(arn))
  );
}
