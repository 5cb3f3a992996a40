import * as z from 'zod';

/** What a value of a template is before a deployment. */
export type TemplateValue =
  | { readonly kind: 'value'; readonly value: unknown }
  /** Only a deployment knows it: a parameter of SSM, an import, an attribute of a resource. */
  | { readonly kind: 'later' }
  /** No deployment could take it. */
  | { readonly kind: 'wrong'; readonly message: string };

/** Stands in a mapping's properties for a value that only a deployment knows. */
export const KNOWN_LATER: unique symbol = Symbol('known later');

export const knownLater = z.custom<typeof KNOWN_LATER>((given) => given === KNOWN_LATER);

export const known = (value: unknown): TemplateValue => ({ kind: 'value', value });
export const later: TemplateValue = { kind: 'later' };
export const wrong = (message: string): TemplateValue => ({ kind: 'wrong', message });

/** Goes on with a value; what is known later, or wrong, stays so. */
export function withValue(given: TemplateValue, next: (value: unknown) => TemplateValue): TemplateValue {
  return given.kind === 'value' ? next(given.value) : given;
}

/** The list of all values: wrong if one is, else known later if one is. */
export function allValues(given: readonly TemplateValue[]): TemplateValue {
  return (
    given.find(({ kind }) => kind === 'wrong') ??
    given.find(({ kind }) => kind === 'later') ??
    known(given.map((each) => (each.kind === 'value' ? each.value : undefined)))
  );
}

/** Undefined where there is none yet. */
export const knownValue = (given: TemplateValue): unknown =>
  given.kind === 'value' ? given.value : undefined;

/** A text, or a number or truth value, which CloudFormation takes as text. */
export function asText(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
