import * as z from 'zod';
import type { Service } from '../serverless.ts';

const ACCOUNT_ID = '000000000000';

const parameter = z.object({ Type: z.string().default('String'), Default: z.unknown().optional() });
const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).nullish(),
});
const templateSchema = z.object({
  Parameters: z.record(z.string(), parameter).catch({}),
  Resources: z.record(z.string(), resource).catch({}),
});

/** The resources that records can be sent to, and the ARN of each by its name. */
const targets: Readonly<
  Record<string, { nameProperty: string; arn: (region: string, name: string) => string }>
> = {
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    arn: (region, name) => `arn:aws:sqs:${region}:${ACCOUNT_ID}:${name}`,
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    arn: (region, name) => `arn:aws:sns:${region}:${ACCOUNT_ID}:${name}`,
  },
  'AWS::S3::Bucket': { nameProperty: 'BucketName', arn: (_, name) => `arn:aws:s3:::${name}` },
};

/** Puts values in place of intrinsic functions, at any depth. What has no value before a deployment stays. */
export type Resolve = (value: unknown) => unknown;

/**
 * Knows `Ref` to a parameter with a `Default` and to pseudo parameters, `Fn::Sub`, `Fn::Join`, and the ARN of a queue,
 * topic or bucket of the template. The account is 000000000000.
 */
export function templateValues({ resources, provider, service }: Service): Resolve {
  const region = provider.region ?? 'us-east-1';
  const template = templateSchema.catch({ Parameters: {}, Resources: {} }).parse(resources ?? {});
  const pseudoParameters: Readonly<Record<string, unknown>> = {
    'AWS::Region': region,
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Partition': 'aws',
    'AWS::StackName': `${service}-${provider.stage ?? 'dev'}`,
  };

  function arnOf(id: string): string | undefined {
    const { Type = '', Properties } = template.Resources[id] ?? {};
    const target = targets[Type];
    const name = resolve(Properties?.[target?.nameProperty ?? '']);
    return target?.arn(region, typeof name === 'string' ? name : id);
  }

  function referred(name: string): unknown {
    const isTopic = template.Resources[name]?.Type === 'AWS::SNS::Topic'; // whose Ref is its ARN
    return (
      pseudoParameters[name] ?? defaultOf(template.Parameters[name]) ?? (isTopic ? arnOf(name) : undefined)
    );
  }

  function substituted(text: string): string | undefined {
    const values = [...text.matchAll(PLACEHOLDER)].map(([, name = '']) =>
      name.endsWith('.Arn') ? arnOf(name.slice(0, -'.Arn'.length)) : referred(name),
    );
    return values.includes(undefined) ? undefined : text.replace(PLACEHOLDER, () => String(values.shift()));
  }

  function intrinsicValue(name: string, argument: unknown): unknown {
    switch (name) {
      case 'Ref':
        return referred(String(argument));
      case 'Fn::Sub':
        return typeof argument === 'string' ? substituted(argument) : undefined;
      case 'Fn::Join':
        return joined(resolve(argument));
      case 'Fn::GetAtt': {
        const [id, attribute] = Array.isArray(argument) ? argument : String(argument).split('.');
        return attribute === 'Arn' ? arnOf(String(id)) : undefined;
      }
      default:
        return undefined;
    }
  }

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map(resolve);
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const entries = Object.entries(value);
    const [[name, argument] = ['', undefined]] = entries;
    return isIntrinsic(value)
      ? (intrinsicValue(name, argument) ?? value)
      : Object.fromEntries(entries.map(([key, inner]) => [key, resolve(inner)]));
  }

  return resolve;
}

const PLACEHOLDER = /\$\{([^!}]+)\}/g;

/** Whether this stands for a value that only a deployment would give. */
export function isIntrinsic(value: unknown): value is object {
  const [name = '', ...more] = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  return more.length === 0 && (name === 'Ref' || name.startsWith('Fn::'));
}

function defaultOf(given: z.infer<typeof parameter> | undefined): unknown {
  if (given?.Default === undefined) {
    return undefined;
  }
  return /^(CommaDelimitedList|List<)/.test(given.Type) ? String(given.Default).split(',') : given.Default;
}

function joined(argument: unknown): string | undefined {
  const [separator, list] = Array.isArray(argument) ? argument : [];
  return typeof separator === 'string' &&
    Array.isArray(list) &&
    list.every((item) => typeof item === 'string')
    ? list.join(separator)
    : undefined;
}
