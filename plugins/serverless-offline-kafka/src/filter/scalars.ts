import { isLosslessNumber, type LosslessNumber } from 'lossless-json';

export type Scalar = string | number | LosslessNumber | boolean | null;

/** Tests the scalars of a field: one, or those of a list. There is none if the field is absent or an object. */
export type ScalarsTest = (scalars: readonly Scalar[]) => boolean;

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);

export const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value) || isLosslessNumber(value);

/** Returns the elements of a list and of its nested lists. Returns any other value as the only element. */
export function elementsOf(field: unknown): readonly unknown[] {
  if (!Array.isArray(field)) {
    return [field];
  }
  const elements: unknown[] = [];
  const rest: unknown[] = [field];
  while (rest.length > 0) {
    const next = rest.pop();
    if (Array.isArray(next)) {
      for (const element of next) {
        rest.push(element);
      }
    } else {
      elements.push(next);
    }
  }
  return elements;
}

export const scalarsOf = (field: unknown): readonly Scalar[] => elementsOf(field).filter(isScalar);

/** Returns whether no object of the document, also within lists, has a scalar in this field. */
export function isAbsent(names: readonly string[], document: unknown): boolean {
  const fields = names.reduce<readonly unknown[]>(
    (parents, name) =>
      parents.flatMap(elementsOf).map((parent) => (isObject(parent) ? parent[name] : undefined)),
    [document],
  );
  return fields.flatMap(scalarsOf).length === 0;
}
