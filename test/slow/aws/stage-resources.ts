import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import type { Target } from '../../../deployment/options.ts';
import { packageDirectory } from '../../../deployment/stack/package.ts';
import { application, type Service, setup } from '../../../deployment/stack/services.ts';
import { OrderlyError } from '../../../lib/errors/orderly-error.ts';
import { credentials } from './emulator-environment.ts';

interface Kind {
  readonly name: string;
  /** The type in a template. */
  readonly type: string;
  /** The API that lists them. */
  readonly service: string;
  readonly request: {
    readonly path?: string;
    readonly headers?: Record<string, string>;
    readonly body?: string;
  };
}

const query = (action: string, version: string): Kind['request'] => ({
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: `Action=${action}&Version=${version}`,
});

const json = (target: string): Kind['request'] => ({
  headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
  body: '{}',
});

/** Stacks are in no template. */
const STACK = 'AWS::CloudFormation::Stack';

/** The kinds of named resources of a stage. One request to its API lists each kind. */
const kinds: readonly Kind[] = [
  {
    name: 'stacks',
    type: STACK,
    service: 'cloudformation',
    request: query('DescribeStacks', '2010-05-15'),
  },
  {
    name: 'functions',
    type: 'AWS::Lambda::Function',
    service: 'lambda',
    request: { path: '2015-03-31/functions/' },
  },
  {
    name: 'mappings',
    type: 'AWS::Lambda::EventSourceMapping',
    service: 'lambda',
    request: { path: '2015-03-31/event-source-mappings/' },
  },
  { name: 'APIs', type: 'AWS::ApiGatewayV2::Api', service: 'apigateway', request: { path: 'v2/apis' } },
  { name: 'roles', type: 'AWS::IAM::Role', service: 'iam', request: query('ListRoles', '2010-05-08') },
  {
    name: 'log groups',
    type: 'AWS::Logs::LogGroup',
    service: 'logs',
    request: json('Logs_20140328.DescribeLogGroups'),
  },
  { name: 'rules', type: 'AWS::Events::Rule', service: 'events', request: json('AWSEvents.ListRules') },
  { name: 'buckets', type: 'AWS::S3::Bucket', service: 's3', request: {} },
  {
    name: 'alarms',
    type: 'AWS::CloudWatch::Alarm',
    service: 'monitoring',
    request: query('DescribeAlarms', '2010-08-01'),
  },
  {
    name: 'dashboards',
    type: 'AWS::CloudWatch::Dashboard',
    service: 'monitoring',
    request: query('ListDashboards', '2010-08-01'),
  },
];

/** Returns the names that contain the stage, by kind. */
export type StageResources = ReadonlyMap<Kind, readonly string[]>;

export async function listResources(emulatorUrl: string, { stage, region }: Target): Promise<StageResources> {
  const aws = new AwsClient({ ...credentials, region });
  const listed = kinds.map(async (kind): Promise<[Kind, readonly string[]]> => {
    const { path = '', ...init } = kind.request;
    const response = await aws.fetch(`${emulatorUrl}/${path}`, {
      ...init,
      method: init.body === undefined ? 'GET' : 'POST',
      aws: { service: kind.service },
    });
    const text = await response.text();
    if (!response.ok) {
      throw new OrderlyError('deployment', `The ${kind.name} cannot be listed: ${response.status} ${text}`);
    }
    return [kind, namesWith(stage, text)];
  });
  return new Map(await Promise.all(listed));
}

/**
 * Checks that resources of every kind exist.
 * @returns the kinds, for a message.
 * @throws OrderlyError if the packages contain a kind without resources: then nothing would show its removal.
 */
export async function assertComplete(resources: StageResources, target: Target): Promise<string> {
  const templates = await Promise.all([application, setup].map((service) => readTemplate(service, target)));
  const missing = [...resources].find(
    ([{ type }, names]) =>
      names.length === 0 && (type === STACK || templates.some((template) => template.includes(`"${type}"`))),
  );
  if (missing !== undefined) {
    throw new OrderlyError(
      'deployment',
      `The stage was deployed, but none of its ${missing[0].name} is listed.`,
    );
  }
  return [...resources]
    .filter(([, names]) => names.length > 0)
    .map(([{ name }]) => name)
    .join(', ');
}

/** @throws OrderlyError that lists existing resources. */
export function assertNothing(resources: StageResources): void {
  const left = [...resources].flatMap(([{ name }, names]) =>
    names.length === 0 ? [] : [`${name} (${names.join(', ')})`],
  );
  if (left.length > 0) {
    throw new OrderlyError(
      'deployment',
      `The stage was removed, but the emulator still lists ${left.join('; ')}`,
    );
  }
}

const readTemplate = (service: Service, target: Target): Promise<string> =>
  readFile(join(packageDirectory(service, target), 'cloudformation-template-update-stack.json'), 'utf8');

/** Returns the words of an answer that contain the stage. */
const namesWith = (stage: string, text: string): string[] => [
  ...new Set(text.match(new RegExp(`[\\w./:-]*${stage}[\\w./-]*`, 'g'))),
];
