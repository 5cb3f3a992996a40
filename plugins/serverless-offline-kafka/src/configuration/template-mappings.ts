import * as z from 'zod';
import type { Service } from '../serverless.ts';
import type { Properties } from './event-properties.ts';
import { type Problem, problemsOf, under } from './problem.ts';

const part = z.object({
  Properties: z.record(z.string(), z.unknown()).nullish(),
  Condition: z.string().optional(),
});
const isMacro = (name: string): boolean => name.startsWith('Fn::');

const templateSchema = z.object({
  Resources: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((resources) =>
      Object.fromEntries(Object.entries(resources ?? {}).filter(([name]) => !isMacro(name))),
    )
    .pipe(z.record(z.string(), part.extend({ Type: z.string().optional() }))),
  extensions: z
    .record(z.string(), part)
    .nullish()
    .transform((extensions) => extensions ?? {}),
});

/** The part of the stack's template that the service file contains. */
export type Template = z.infer<typeof templateSchema>;

export function readTemplate({ resources }: Service): {
  template: Template;
  problems: readonly Problem[];
  notices: readonly Problem[];
} {
  const parsed = templateSchema.safeParse(resources ?? {});
  return parsed.success
    ? { template: parsed.data, problems: [], notices: macroNotices(resources) }
    : {
        template: { Resources: {}, extensions: {} },
        problems: under(['resources'], problemsOf(parsed.error)),
        notices: [],
      };
}

/** `Fn::ForEach::…` and `Fn::Transform` create resources that only a deployment knows. */
function macroNotices(resources: unknown): Problem[] {
  const names = Object.keys(Object(Object(resources).Resources)).filter(isMacro);
  return names.map((name) => ({
    path: ['resources', 'Resources', name],
    message: 'only a deployment expands it: its event source mappings do not run locally',
  }));
}

const kafkaOnly = [
  'Topics',
  'SelfManagedEventSource',
  'AmazonManagedKafkaEventSourceConfig',
  'SelfManagedKafkaEventSourceConfig',
];

/** Returns whether a mapping reads from Kafka, not from a queue or another stream. */
export function isKafkaMapping(given: Properties, arn: unknown): boolean {
  return (
    kafkaOnly.some((name) => name in given) || (typeof arn === 'string' && /^arn:[^:]+:kafka:/.test(arn))
  );
}
