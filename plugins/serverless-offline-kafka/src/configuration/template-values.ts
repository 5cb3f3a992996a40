import * as z from 'zod';
import type { Service } from '../serverless.ts';
import { callFunction, evaluateCondition, type TemplateContext } from './intrinsic-functions.ts';
import { functionNameOf, lambdaLogicalId } from './naming.ts';
import type { Problem, SettingPath } from './problem.ts';
import { parameter, parameterValue } from './template-parameters.ts';
import {
  allValues,
  DEPLOY_TIME_VALUE,
  deployTime,
  invalid,
  isObject,
  known,
  type TemplateValue,
  withValue,
} from './template-value.ts';

const ACCOUNT_ID = '000000000000';
const DEFAULT_REGION = 'us-east-1';

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).nullish(),
});
const section = z.record(z.string(), z.unknown()).catch({});
const templateSchema = z.object({
  Parameters: section,
  Conditions: section,
  Mappings: section,
  Resources: section,
});

/** The resource types that can be destinations, and the ARN of a resource by its name. */
const targets: Readonly<
  Record<string, { nameProperty: string; arn: (scope: ArnScope, name: string) => string }>
> = {
  'AWS::SQS::Queue': {
    nameProperty: 'QueueName',
    arn: ({ partition, region }, name) => `arn:${partition}:sqs:${region}:${ACCOUNT_ID}:${name}`,
  },
  'AWS::SNS::Topic': {
    nameProperty: 'TopicName',
    arn: ({ partition, region }, name) => `arn:${partition}:sns:${region}:${ACCOUNT_ID}:${name}`,
  },
  'AWS::S3::Bucket': {
    nameProperty: 'BucketName',
    arn: ({ partition }, name) => `arn:${partition}:s3:::${name}`,
  },
};

interface ArnScope {
  readonly partition: string;
  readonly region: string;
}

/** The values of a service's template. */
export interface TemplateValues {
  /** Evaluates an expression. */
  evaluate(expression: unknown): TemplateValue;
  /** Evaluates the condition of this name. */
  condition(name: string): TemplateValue;
  /**
   * Replaces expressions at any depth by their values, or by `DEPLOY_TIME_VALUE`. Omits invalid expressions and returns a
   * problem for each. The paths are relative to `given`.
   */
  resolve(given: unknown): { readonly value: unknown; readonly problems: readonly Problem[] };
}

/** Creates the values of a service's template. ARNs of its functions, queues, topics and buckets have the account 000000000000. */
export function templateValues(service: Service): TemplateValues {
  const { provider } = service;
  const region = provider.region ?? DEFAULT_REGION;
  const partition = partitionOf(region);
  const scope: ArnScope = { partition, region };
  const template = templateSchema.parse(isObject(service.resources) ? service.resources : {});
  const overrides = new Map(
    provider.stackParameters?.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]),
  );
  const pseudoParameters: Readonly<Record<string, TemplateValue>> = {
    'AWS::AccountId': known(ACCOUNT_ID),
    'AWS::NoValue': known(undefined),
    'AWS::NotificationARNs': deployTime,
    'AWS::Partition': known(partition),
    'AWS::Region': known(region),
    'AWS::StackId': deployTime,
    'AWS::StackName': known(provider.stackName ?? `${service.service}-${provider.stage ?? 'dev'}`),
    'AWS::URLSuffix': known(partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'),
  };
  const functionKeys = new Map(service.getAllFunctions().map((key) => [lambdaLogicalId(key), key]));
  const running = new Set<string>();

  function arnOf(id: string): TemplateValue {
    const key = functionKeys.get(id);
    if (key !== undefined) {
      return known(
        `arn:${partition}:lambda:${region}:${ACCOUNT_ID}:function:${functionNameOf(service, key)}`,
      );
    }
    const { Type = '', Properties } = resource.safeParse(template.Resources[id]).data ?? {};
    const target = targets[Type];
    return target
      ? withValue(evaluate(Properties?.[target.nameProperty] ?? id), (name) =>
          known(target.arn(scope, String(name))),
        )
      : deployTime;
  }

  function resolveRef(name: string): TemplateValue {
    if (name.startsWith('AWS::')) {
      return pseudoParameters[name] ?? invalid(`there is no pseudo parameter ${name}`);
    }
    if (Object.hasOwn(template.Parameters, name)) {
      const declared = parameter.safeParse(template.Parameters[name]).data;
      return declared
        ? withDynamicReferences(parameterValue(name, declared, overrides.get(name)))
        : invalid(`the parameter ${name} needs a Type and a Default that CloudFormation accepts`);
    }
    const key = functionKeys.get(name);
    if (key !== undefined) {
      return known(functionNameOf(service, key));
    }
    const { Type, Properties } = resource.safeParse(template.Resources[name]).data ?? {};
    switch (Type) {
      case 'AWS::SNS::Topic':
        return arnOf(name);
      case 'AWS::Lambda::Alias':
        return withValue(allValues([Properties?.FunctionName, Properties?.Name].map(evaluate)), (parts) =>
          known([parts].flat().join(':')),
        );
      default:
        return deployTime; // a resource, possibly of another plugin
    }
  }

  function condition(name: string): TemplateValue {
    if (!Object.hasOwn(template.Conditions, name)) {
      return invalid(`there is no condition ${name}`);
    }
    if (running.has(name)) {
      return invalid(`the condition ${name} refers to itself`);
    }
    running.add(name);
    try {
      return evaluateCondition(template.Conditions[name], context);
    } finally {
      running.delete(name);
    }
  }

  const context: TemplateContext = {
    evaluate,
    resolveRef,
    condition,
    attribute: (id, name) => (name === 'Arn' ? arnOf(id) : deployTime),
    mappingEntry: (keys) =>
      keys.reduce<unknown>(
        (level, key) => (isObject(level) && Object.hasOwn(level, key) ? level[key] : undefined),
        template.Mappings,
      ),
  };

  function evaluate(expression: unknown): TemplateValue {
    if (Array.isArray(expression)) {
      return withValue(allValues(expression.map(evaluate)), (values) =>
        known([values].flat().filter((value) => value !== undefined)),
      );
    }
    if (!isObject(expression)) {
      return withDynamicReferences(known(expression));
    }
    const entries = Object.entries(expression);
    const called = entries.find(([name]) => isFunctionName(name));
    if (called) {
      const [name, argument] = called;
      if (isMacro(name)) {
        return deployTime; // alone or with other keys
      }
      return entries.length === 1
        ? withDynamicReferences(callFunction(name, argument, context))
        : invalid(`${name} must be the only key`);
    }
    const names = entries.map(([name]) => name);
    return withValue(allValues(entries.map(([, value]) => evaluate(value))), (values) => {
      const list = [values].flat();
      return known(Object.fromEntries(names.map((name, index) => [name, list[index]])));
    });
  }

  function resolveAt(path: SettingPath, given: unknown, problems: Problem[]): unknown {
    if (Array.isArray(given)) {
      return given
        .map((member, index) => resolveAt([...path, index], member, problems))
        .filter((member) => member !== undefined);
    }
    if (isObject(given) && (!Object.keys(given).some(isFunctionName) || isExtended(given))) {
      const entries = Object.entries(given)
        .filter(([name]) => !isMacro(name))
        .map(([name, value]) => [name, resolveAt([...path, name], value, problems)] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
    const result = evaluate(given);
    if (result.kind === 'invalid') {
      problems.push({ path, message: result.message });
      return undefined;
    }
    return result.kind === 'deploy-time' ? DEPLOY_TIME_VALUE : result.value;
  }

  return {
    evaluate,
    condition,
    resolve: (given) => {
      const problems: Problem[] = [];
      return { value: resolveAt([], given, problems), problems };
    },
  };
}

const isFunctionName = (name: string): boolean => name === 'Ref' || name.startsWith('Fn::');

const isMacro = (name: string): boolean => name === 'Fn::Transform' || name.startsWith('Fn::ForEach::');

/** Returns whether an object has a macro and other properties. Only a deployment knows the properties of the macro. */
const isExtended = (given: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(given).some(isMacro) && !Object.keys(given).every(isFunctionName);

function partitionOf(region: string): string {
  const [, prefix] = /^(cn|us-gov)-/.exec(region) ?? [];
  return prefix === undefined ? 'aws' : `aws-${prefix}`;
}

/**
 * A deployment resolves `{{resolve:…}}`. It accepts secure strings in few properties, and in none of a mapping.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
function withDynamicReferences(given: TemplateValue): TemplateValue {
  return withValue(given, (value) => {
    const texts = [value].flat().filter((member) => typeof member === 'string');
    const references = texts.flatMap(
      (text) => text.match(/\{\{resolve:(ssm-secure|ssm|secretsmanager):[^}]+\}\}/g) ?? [],
    );
    if (references.some((reference) => reference.startsWith('{{resolve:ssm-secure:'))) {
      return invalid('CloudFormation does not accept {{resolve:ssm-secure:…}} in an event source mapping');
    }
    return references.length > 0 ? deployTime : given;
  });
}
