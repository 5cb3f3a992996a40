import type { ActionDefinition } from './aws-definitions.ts';

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
}

/**
 * Returns the faults of statements by the service authorization reference: an action that does not exist, or an action
 * on a resource that does not apply to it. AWS accepts the latter and denies the calls.
 */
export const lintStatements = (
  statements: readonly Statement[],
  definitionOf: (action: string) => ActionDefinition | undefined,
): string[] =>
  statements.flatMap(({ Action, Resource }) =>
    [Action].flat().flatMap((action) => {
      const definition = definitionOf(action);
      if (definition === undefined) {
        return [`${action} does not exist`];
      }
      const arns = [Resource].flat().flatMap(readArn);
      const patterns = [...definition.resources.values()];
      return arns
        .filter((arn) => arn !== '*' && !patterns.some((pattern) => canBe(arn, pattern)))
        .map((arn) => `${action} does not apply to ${arn}`);
    }),
  );

/** Returns ARNs from text and `Fn::Sub`. Skips values that only CloudFormation knows. */
function readArn(resource: unknown): string[] {
  const text: unknown = Object(resource)['Fn::Sub'] ?? resource;
  return typeof text === 'string' ? [text.replaceAll(PLACEHOLDER, 'x')] : [];
}

const PLACEHOLDER = /\$\{[^}]*\}/g;

/** Returns whether an ARN, which may end in a wildcard, is of this form. */
function canBe(arn: string, pattern: string): boolean {
  const parts = arn.split(':');
  return pattern.split(':').every((wanted, index) => {
    const part = parts[index] ?? parts.at(-1) ?? '';
    return part === '*' || new RegExp(`^${wanted.replaceAll(PLACEHOLDER, '.*')}$`).test(part);
  });
}
