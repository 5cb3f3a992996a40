import { expect } from '@jest/globals';
import * as z from 'zod';
import type { Resources } from '../support/service-copy.ts';

/** Cluster path in the ARNs of `npm run package`. */
export const PLACE = 'example/00000000-0000-0000-0000-000000000000-1';

export const inCluster = (kind: 'topic' | 'group', name: string): string =>
  `arn:aws:kafka:eu-west-1:000000000000:${kind}/${PLACE}/${name}`;

export function propertiesOf(from: Resources, type: string): Record<string, unknown>[] {
  return Object.values(from).flatMap(({ Type, Properties }) => (Type === type ? [Properties] : []));
}

/** Function names of the stage prod, as in serverless.yml. */
export const functionNames = (from: Resources): string[] =>
  propertiesOf(from, 'AWS::Lambda::Function').map(({ FunctionName }) =>
    String(FunctionName).replace('orderly-prod-', ''),
  );

const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});

/** Grants of every function: its log, and in a VPC its network interfaces. */
const ofEveryFunction =
  /^(logs:(CreateLogStream|PutLogEvents)|ec2:(AssignPrivateIpAddresses|CreateNetworkInterface|DeleteNetworkInterface|DescribeNetworkInterfaces|DescribeSubnets|UnassignPrivateIpAddresses)) /;

/** Returns the grants of a function's role, sorted: action, resource and condition in one line each. */
export function grantsOf(from: Resources, name: string, stage = 'prod'): string[] {
  const fn = propertiesOf(from, 'AWS::Lambda::Function').find(
    ({ FunctionName }) => FunctionName === `orderly-${stage}-${name}`,
  );
  const { 'Fn::GetAtt': reference = [] } = z.object({ 'Fn::GetAtt': z.array(z.string()) }).parse(fn?.Role);
  const role = from[reference[0] ?? ''];
  const own = statementsOf(role ? { role } : {});
  const lines = own.filter(({ Effect }) => Effect === 'Allow').flatMap(linesOf);
  expect(lines.filter((line) => ofEveryFunction.test(line))).toHaveLength(fn?.VpcConfig ? 8 : 2);
  // not to its own code, which has the same role as Lambda
  expect(own.filter(({ Effect }) => Effect === 'Deny').flatMap(linesOf)).toEqual(
    lines
      .filter((line) => ofEveryFunction.test(line) && line.startsWith('ec2:'))
      .map((line) => `${line} if lambda:SourceFunctionArn=function:${fn?.FunctionName}`),
  );
  return [...new Set(lines.filter((line) => !ofEveryFunction.test(line)))].sort();
}

/** Returns one line per action and resource, with the condition. */
const linesOf = ({ Action, Resource, Condition }: z.infer<typeof statement>): string[] =>
  [Action]
    .flat()
    .flatMap((action) =>
      [Resource].flat().map((on) => [action, readable(on), ...conditions(Condition)].join(' ')),
    );

/** Each as `if <key>=<value>`. */
const conditions = (condition: Record<string, Record<string, unknown>>): string[] =>
  Object.values(condition).flatMap((keys) =>
    Object.entries(keys).map(([key, value]) => `if ${key}=${readable(value)}`),
  );

/** Returns a readable resource: of `Fn::Sub`, the part after region and account. */
const readable = (resource: unknown): unknown =>
  typeof resource === 'object' && resource !== null && 'Fn::Sub' in resource
    ? String(resource['Fn::Sub']).replace(/^.*\$\{AWS::AccountId\}:/, '')
    : resource;

const policies = z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(statement) }) }));

export function statementsOf(from: Resources): z.infer<typeof statement>[] {
  return propertiesOf(from, 'AWS::IAM::Role').flatMap(({ Policies }) =>
    policies.parse(Policies).flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
  );
}
