import type { JsonSchema, SchemaObject } from '../../../contracts/evolution/json-schema.ts';

/** Each is `compatible`, `breaking`, or `undecided`, which counts as breaking. */
export interface Verdicts {
  /** New readers read old values. */
  readonly backward: string;
  /** Old readers read new values. */
  readonly forward: string;
}

export interface Change {
  readonly change: string;
  readonly old: SchemaObject;
  readonly now: SchemaObject;
}

const object = (properties: Readonly<Record<string, JsonSchema>>, more: SchemaObject = {}): SchemaObject => ({
  type: 'object',
  properties: { id: { type: 'string' }, ...properties },
  required: ['id', ...(more.required ?? [])],
  ...(more.additionalProperties !== undefined && { additionalProperties: more.additionalProperties }),
});

/** A change of the optional property `value`. */
const property = (change: string, old: SchemaObject, now: SchemaObject): Change => ({
  change,
  old: object({ value: old }),
  now: object({ value: now }),
});

const closed: SchemaObject = { additionalProperties: false };
const text: SchemaObject = { type: 'string' };
const number: SchemaObject = { type: 'number' };
const tagged = (tag: string, more: Readonly<Record<string, JsonSchema>> = {}): SchemaObject => ({
  type: 'object',
  properties: { kind: { type: 'string', const: tag }, ...more },
  required: ['kind'],
});

/** Kinds of change, each in its smallest form. */
export const changes: readonly Change[] = [
  {
    change: 'description changed',
    old: object({ value: text }),
    now: object({ value: { ...text, description: 'A text.' } }),
  },
  { change: 'optional property added, open object', old: object({}), now: object({ value: text }) },
  {
    change: 'optional property added, closed object',
    old: object({}, closed),
    now: object({ value: text }, closed),
  },
  {
    change: 'required property added, open object',
    old: object({}),
    now: object({ value: text }, { required: ['value'] }),
  },
  {
    change: 'required property added, closed object',
    old: object({}, closed),
    now: object({ value: text }, { ...closed, required: ['value'] }),
  },
  { change: 'optional property removed, open object', old: object({ value: text }), now: object({}) },
  {
    change: 'optional property removed, closed object',
    old: object({ value: text }, closed),
    now: object({}, closed),
  },
  {
    change: 'required property removed, open object',
    old: object({ value: text }, { required: ['value'] }),
    now: object({}),
  },
  {
    change: 'required property removed, closed object',
    old: object({ value: text }, { ...closed, required: ['value'] }),
    now: object({}, closed),
  },
  { change: 'property renamed, open object', old: object({ value: text }), now: object({ amount: text }) },
  {
    change: 'property becomes required',
    old: object({ value: text }),
    now: object({ value: text }, { required: ['value'] }),
  },
  {
    change: 'property becomes optional',
    old: object({ value: text }, { required: ['value'] }),
    now: object({ value: text }),
  },
  { change: 'object is closed', old: object({}), now: object({}, closed) },
  { change: 'object is opened', old: object({}, closed), now: object({}) },
  { change: 'other properties get a type', old: object({}), now: object({}, { additionalProperties: text }) },
  property('type changed: string to number', text, number),
  property('type changed: integer to number', { type: 'integer' }, number),
  property('type changed: number to integer', number, { type: 'integer' }),
  property('type widened: string to string or number', text, { type: ['string', 'number'] }),
  property('null allowed', text, { type: ['string', 'null'] }),
  property('null forbidden', { type: ['string', 'null'] }, text),
  property('type removed (any value)', text, {}),
  property('enumeration member added', { ...text, enum: ['a', 'b'] }, { ...text, enum: ['a', 'b', 'c'] }),
  property('enumeration member removed', { ...text, enum: ['a', 'b'] }, { ...text, enum: ['a'] }),
  property(
    'enumeration gets x-open-values',
    { ...text, enum: ['a', 'b'] },
    { ...text, enum: ['a', 'b'], 'x-open-values': true },
  ),
  property(
    'member added to an enumeration with x-open-values',
    { ...text, enum: ['a', 'b'], 'x-open-values': true },
    { ...text, enum: ['a', 'b', 'c'], 'x-open-values': true },
  ),
  property('enumeration introduced', text, { ...text, enum: ['a', 'b'] }),
  property('enumeration dropped', { ...text, enum: ['a', 'b'] }, text),
  property('constant changed', { ...text, const: 'a' }, { ...text, const: 'b' }),
  property('constant becomes an enumeration', { ...text, const: 'a' }, { ...text, enum: ['a', 'b'] }),
  property('maxLength raised', { ...text, maxLength: 5 }, { ...text, maxLength: 9 }),
  property('maxLength lowered', { ...text, maxLength: 9 }, { ...text, maxLength: 5 }),
  property('maxLength introduced', text, { ...text, maxLength: 5 }),
  property('minLength raised', { ...text, minLength: 1 }, { ...text, minLength: 2 }),
  property('minLength lowered', { ...text, minLength: 2 }, { ...text, minLength: 1 }),
  property('pattern introduced', text, { ...text, pattern: '^[a-z]+$' }),
  property('pattern dropped', { ...text, pattern: '^[a-z]+$' }, text),
  property('pattern changed', { ...text, pattern: '^[a-z]{1,4}$' }, { ...text, pattern: '^[a-z]{1,8}$' }),
  property('format introduced', text, { ...text, format: 'date-time' }),
  property('format dropped', { ...text, format: 'date-time' }, text),
  property('format changed', { ...text, format: 'date-time' }, { ...text, format: 'uuid' }),
  property('maximum raised', { ...number, maximum: 5 }, { ...number, maximum: 9 }),
  property('maximum lowered', { ...number, maximum: 9 }, { ...number, maximum: 5 }),
  property('maximum becomes exclusive', { ...number, maximum: 5 }, { ...number, exclusiveMaximum: 5 }),
  property('minimum raised', { ...number, minimum: 1 }, { ...number, minimum: 2 }),
  property('minimum dropped', { ...number, minimum: 1 }, number),
  property(
    'multipleOf finer: 2 to 1',
    { type: 'integer', multipleOf: 2 },
    { type: 'integer', multipleOf: 1 },
  ),
  property(
    'multipleOf coarser: 2 to 4',
    { type: 'integer', multipleOf: 2 },
    { type: 'integer', multipleOf: 4 },
  ),
  property(
    'maxItems lowered',
    { type: 'array', items: text, maxItems: 9 },
    { type: 'array', items: text, maxItems: 5 },
  ),
  property(
    'minItems introduced',
    { type: 'array', items: text },
    { type: 'array', items: text, minItems: 1 },
  ),
  property(
    'items narrowed',
    { type: 'array', items: text },
    { type: 'array', items: { ...text, maxLength: 5 } },
  ),
  property(
    'items widened',
    { type: 'array', items: text },
    { type: 'array', items: { type: ['string', 'number'] } },
  ),
  property(
    'alternative added (anyOf)',
    { anyOf: [text, number] },
    { anyOf: [text, number, { type: 'boolean' }] },
  ),
  property('alternative removed (anyOf)', { anyOf: [text, number] }, { anyOf: [text] }),
  property(
    'alternative added (oneOf with a tag)',
    { oneOf: [tagged('a'), tagged('b')] },
    { oneOf: [tagged('a'), tagged('b'), tagged('c')] },
  ),
  property(
    'alternative changed (oneOf with a tag)',
    { oneOf: [tagged('a', { x: text }), tagged('b')] },
    { oneOf: [tagged('a', { x: number }), tagged('b')] },
  ),
  property(
    'overlapping oneOf instead of anyOf',
    { anyOf: [text, { ...text, minLength: 3 }] },
    { oneOf: [text, { ...text, minLength: 3 }] },
  ),
  {
    change: 'definition behind a $ref narrowed',
    old: { ...object({ value: { $ref: '#/$defs/Name' } }), $defs: { Name: text } },
    now: { ...object({ value: { $ref: '#/$defs/Name' } }), $defs: { Name: { ...text, maxLength: 5 } } },
  },
  {
    change: 'schema moved behind a $ref, unchanged',
    old: object({ value: text }),
    now: { ...object({ value: { $ref: '#/$defs/Name' } }), $defs: { Name: text } },
  },
  {
    change: 'property names limited',
    old: object({}),
    now: { ...object({}), propertyNames: { ...text, maxLength: 9 } },
  },
  property('default changed', { ...text, default: 'a' }, { ...text, default: 'b' }),
  property('default introduced', text, { ...text, default: 'a' }),
  property('default removed', { ...text, default: 'a' }, text),
  property('rule in words added (x-rules)', text, {
    ...text,
    'x-rules': [{ id: 'trimmed', description: 'No white space.' }],
  }),
  property('nested required property added', object({}), object({ more: text }, { required: ['more'] })),
];
