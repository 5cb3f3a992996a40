import { isLosslessNumber, LosslessNumber, parse } from 'lossless-json';

/** A JSON text as values; `undefined` for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As `parseJson`, with numbers that know how they are written. Takes three times as long. */
export function parseJsonWithNumberTexts(text: string): unknown {
  try {
    return parse(text, null, {
      parseNumber: (number) => new LosslessNumber(number),
      onDuplicateKey: ({ newValue }) => newValue,
    });
  } catch {
    return undefined;
  }
}

/** How a number is written: 300, 300.0 and 3.0e2 are three. `undefined` for what is no number, or not known. */
export const numberText = (value: unknown): string | undefined =>
  isLosslessNumber(value) ? value.value : undefined;

/** The value of a number, whether its text is known or not; `undefined` for what is no number. */
export function numberValue(value: unknown): number | undefined {
  if (typeof value === 'number') {
    return value;
  }
  const text = numberText(value);
  return text === undefined ? undefined : Number(text);
}
