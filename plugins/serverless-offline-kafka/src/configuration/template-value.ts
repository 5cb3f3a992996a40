import * as z from 'zod';

/** A template's value before a deployment. */
export type TemplateValue =
  | { readonly kind: 'value'; readonly value: unknown }
  /** A value that only a deployment knows, such as an SSM parameter, an import or an attribute of a resource. */
  | { readonly kind: 'deploy-time' }
  /** A value that CloudFormation rejects. */
  | { readonly kind: 'invalid'; readonly message: string };

/** Replaces a value that only a deployment knows in a mapping's properties. */
export const DEPLOY_TIME_VALUE: unique symbol = Symbol('deploy-time value');

export const deployTimeValue = z.custom<typeof DEPLOY_TIME_VALUE>((given) => given === DEPLOY_TIME_VALUE);

export const known = (value: unknown): TemplateValue => ({ kind: 'value', value });
export const deployTime: TemplateValue = { kind: 'deploy-time' };
export const invalid = (message: string): TemplateValue => ({ kind: 'invalid', message });

/** Applies a function to a known value. Returns any other value unchanged. */
export function withValue(given: TemplateValue, next: (value: unknown) => TemplateValue): TemplateValue {
  return given.kind === 'value' ? next(given.value) : given;
}

/** Combines values into a list. The list is invalid if one value is, else deploy-time if one value is. */
export function allValues(given: readonly TemplateValue[]): TemplateValue {
  return (
    given.find(({ kind }) => kind === 'invalid') ??
    given.find(({ kind }) => kind === 'deploy-time') ??
    known(given.map((each) => (each.kind === 'value' ? each.value : undefined)))
  );
}

/** Returns the value, or undefined if it is not known yet. */
export const knownValue = (given: TemplateValue): unknown =>
  given.kind === 'value' ? given.value : undefined;

/** Returns a string. CloudFormation also accepts numbers and booleans as strings. */
export function asText(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
