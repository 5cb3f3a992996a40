/** The remedies for a difference: one for a new reader, one for a new writer. */
interface Remedies {
  readonly newReader: string;
  readonly newWriter: string;
}

const keepReading = (what: string): string => `Go on accepting ${what}.`;
const keepWriting = (what: string): string => `Go on writing ${what}.`;

/** The ways in which a value of the writer can be invalid for the reader. */
const rules = {
  type: {
    newReader: keepReading('the former type beside the new one'),
    newWriter: `${keepWriting('the former type')} Put the new type into a new property.`,
  },
  null: { newReader: keepReading('null'), newWriter: keepWriting('a value where it was never null') },
  value: {
    newReader: keepReading('the value'),
    newWriter:
      'Write the value only if its readers expect it: mark the enumeration with x-open-values a release before.',
  },
  alternative: {
    newReader: keepReading('the alternative'),
    newWriter: 'Write the alternative only if its readers expect it, or add a new contract for it.',
  },
  required: {
    newReader: 'Make the property optional.',
    newWriter: keepWriting('the property'),
  },
  property: {
    newReader: `${keepReading('the property')} It may be ignored.`,
    newWriter: 'Leave out the property: its readers reject unknown properties.',
  },
  'property-removed': {
    newReader: keepReading('the property'),
    newWriter: keepWriting('the property'),
  },
  'closed-object': {
    newReader: 'Ignore unknown properties, as before (no additionalProperties).',
    newWriter: 'Keep additionalProperties false.',
  },
  'property-name': { newReader: keepReading('these names'), newWriter: keepWriting('the former names') },
  'min-length': bounds('length'),
  'max-length': bounds('length'),
  minimum: bounds('range'),
  maximum: bounds('range'),
  'multiple-of': bounds('precision'),
  'min-items': bounds('number of items'),
  'max-items': bounds('number of items'),
  pattern: bounds('pattern'),
  format: bounds('format'),
  contentEncoding: bounds('encoding'),
  'x-rules': bounds('rule'),
  oneOf: bounds('alternatives'),
  not: bounds('exclusion'),
  default: {
    newReader: 'Keep the default.',
    newWriter: 'Keep the default, or always write the property.',
  },
} as const satisfies Readonly<Record<string, Remedies>>;

function bounds(what: string): Remedies {
  return {
    newReader: `Keep the former ${what}, or widen it.`,
    newWriter: `Keep the former ${what}, or narrow it.`,
  };
}

export type Rule = keyof typeof rules;

/** A reason why a value of the writer may be invalid for the reader. */
export interface Difference {
  /** The place in the value, such as `items[].price`; empty for the whole value. */
  readonly path: string;
  readonly rule: Rule;
  /** The values that the writer may write, as a noun phrase. */
  readonly writes: string;
  /** The values that the reader accepts, as a noun phrase. */
  readonly reads: string;
  /** False if the checker cannot decide whether such a value exists. */
  readonly isCertain: boolean;
}

export const remedyOf = (rule: Rule, newSide: keyof Remedies): string => rules[rule][newSide];
