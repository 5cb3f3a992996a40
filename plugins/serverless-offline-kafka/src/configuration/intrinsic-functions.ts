import {
  allValues,
  asText,
  deployTime,
  invalid,
  isObject,
  known,
  type TemplateValue,
  withValue,
} from './template-value.ts';

/** Access to the parts of a template that functions can refer to. */
export interface TemplateContext {
  evaluate(expression: unknown): TemplateValue;
  /** Evaluates `Ref` to this name. */
  resolveRef(name: string): TemplateValue;
  /** Evaluates `Fn::GetAtt` of this attribute. */
  attribute(logicalId: string, name: string): TemplateValue;
  /** Evaluates the condition of this name. */
  condition(name: string): TemplateValue;
  /** Returns an entry of `Mappings`; undefined if it does not exist. */
  mappingEntry(keys: readonly [string, string, string]): unknown;
}

type IntrinsicFunction = (argument: unknown, given: TemplateContext) => TemplateValue;

/**
 * The functions that are allowed in a property.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
const functions: Readonly<Record<string, IntrinsicFunction>> = {
  Ref: (name, { resolveRef }) => (typeof name === 'string' ? resolveRef(name) : invalid('Ref needs a name')),
  'Fn::Base64': (argument, { evaluate }) =>
    withText('Fn::Base64', evaluate(argument), (text) => known(Buffer.from(text).toString('base64'))),
  'Fn::FindInMap': findInMap,
  'Fn::GetAtt': (argument, { attribute }) => {
    const [id, ...rest] = Array.isArray(argument) ? argument : String(argument).split('.');
    const name = rest.every((part) => typeof part === 'string') ? rest.join('.') : undefined;
    return typeof id === 'string' && name !== ''
      ? name === undefined
        ? deployTime // the attribute's name may be a Ref
        : attribute(id, name)
      : invalid('Fn::GetAtt needs a resource and an attribute');
  },
  'Fn::If': (argument, { condition, evaluate }) => {
    const [name, yes, no] = Array.isArray(argument) && argument.length === 3 ? argument : [];
    return typeof name === 'string'
      ? withValue(condition(name), (holds) => evaluate(holds ? yes : no))
      : invalid('Fn::If needs a condition and two values');
  },
  'Fn::Join': (argument, { evaluate }) => {
    const [separator, list] = Array.isArray(argument) && argument.length === 2 ? argument : [];
    return typeof separator === 'string'
      ? withValue(evaluate(list), (values) => joined(separator, values))
      : invalid('Fn::Join needs a separator and a list');
  },
  'Fn::Length': (argument, { evaluate }) =>
    withValue(evaluate(argument), (list) =>
      Array.isArray(list) ? known(list.length) : invalid('Fn::Length needs a list'),
    ),
  'Fn::Select': select,
  'Fn::Split': (argument, { evaluate }) => {
    const [separator, text] = Array.isArray(argument) && argument.length === 2 ? argument : [];
    return typeof separator === 'string' && separator !== ''
      ? withText('Fn::Split', evaluate(text), (given) => known(given.split(separator)))
      : invalid('Fn::Split needs a separator and a string');
  },
  'Fn::Sub': substitute,
  'Fn::ToJsonString': (argument, { evaluate }) =>
    withValue(evaluate(argument), (value) => known(JSON.stringify(value))),
  ...Object.fromEntries(
    ['Cidr', 'GetAZs', 'GetStackOutput', 'ImportValue'].map((name) => [`Fn::${name}`, () => deployTime]),
  ),
};

/** The functions that are allowed only in conditions. A result can be known even if some arguments are not. */
const conditions: Readonly<Record<string, IntrinsicFunction>> = {
  Condition: (name, { condition }) =>
    typeof name === 'string' ? condition(name) : invalid('Condition needs a name'),
  'Fn::And': (argument, given) => evaluateLogical('Fn::And', argument, given, false),
  'Fn::Or': (argument, given) => evaluateLogical('Fn::Or', argument, given, true),
  'Fn::Not': (argument, given) => {
    const [expression] = Array.isArray(argument) && argument.length === 1 ? argument : [];
    return expression === undefined
      ? invalid('Fn::Not needs a list of one condition')
      : withValue(evaluateCondition(expression, given), (holds) => known(!holds));
  },
  'Fn::Equals': (argument, { evaluate }) => {
    const sides = Array.isArray(argument) && argument.length === 2 ? argument : undefined;
    const text = (value: unknown): string => asText(value) ?? JSON.stringify(value);
    return sides
      ? withValue(allValues(sides.map(evaluate)), (values) => {
          const [one, other] = Array.isArray(values) ? values.map(text) : [];
          return known(one === other);
        })
      : invalid('Fn::Equals needs a list of two values');
  },
};

/** Returns the value of a function. */
export function callFunction(name: string, argument: unknown, given: TemplateContext): TemplateValue {
  if (Object.hasOwn(conditions, name)) {
    return invalid(`${name} is for conditions only`);
  }
  const call = Object.hasOwn(functions, name) ? functions[name] : undefined;
  return call ? call(argument, given) : invalid(`there is no intrinsic function ${name}`);
}

/** Evaluates an expression of `Conditions`. */
export function evaluateCondition(expression: unknown, given: TemplateContext): TemplateValue {
  const [[name, argument] = ['', undefined], ...more] = isObject(expression)
    ? Object.entries(expression)
    : [];
  const call = more.length === 0 && Object.hasOwn(conditions, name) ? conditions[name] : undefined;
  return call
    ? call(argument, given)
    : invalid(`a condition needs one of ${Object.keys(conditions).join(', ')}`);
}

/** One false condition determines `Fn::And`, one true condition determines `Fn::Or`. */
function evaluateLogical(
  name: string,
  argument: unknown,
  given: TemplateContext,
  by: boolean,
): TemplateValue {
  if (!Array.isArray(argument) || argument.length < 2 || argument.length > 10) {
    return invalid(`${name} needs a list of 2 to 10 conditions`);
  }
  const parts = argument.map((part) => evaluateCondition(part, given));
  const isDecided = parts.some((part) => part.kind === 'value' && part.value === by);
  const rest = isDecided ? parts.filter(({ kind }) => kind !== 'deploy-time') : parts;
  return withValue(allValues(rest), () => known(isDecided === by));
}

function findInMap(argument: unknown, { evaluate, mappingEntry }: TemplateContext): TemplateValue {
  const [map, first, second, options] = Array.isArray(argument) ? argument : [];
  const hasDefault = isObject(options) && 'DefaultValue' in options;
  return withValue(allValues([map, first, second].map(evaluate)), (values) => {
    const [name, top, inner] = Array.isArray(values) ? values.map(asText) : [];
    if (name === undefined || top === undefined || inner === undefined) {
      return invalid('Fn::FindInMap needs the name of a mapping and two keys');
    }
    const found = mappingEntry([name, top, inner]);
    if (found === undefined) {
      return hasDefault
        ? evaluate(options.DefaultValue)
        : invalid(`Fn::FindInMap: Mappings has no ${name}.${top}.${inner}`);
    }
    return evaluate(found);
  });
}

/** Only the selected member must be known. */
function select(argument: unknown, { evaluate }: TemplateContext): TemplateValue {
  const [position, source] = Array.isArray(argument) && argument.length === 2 ? argument : [];
  return withValue(evaluate(position), (given) => {
    const index = /^\d+$/.test(asText(given) ?? '') ? Number(given) : undefined;
    if (index === undefined) {
      return invalid('Fn::Select needs an index and a list');
    }
    return withValue(Array.isArray(source) ? known(source) : evaluate(source), (list) => {
      if (!Array.isArray(list)) {
        return invalid('Fn::Select needs an index and a list');
      }
      return index < list.length
        ? evaluate(list[index])
        : invalid(`Fn::Select: the list has no member ${index}, it has ${list.length}`);
    });
  });
}

const PLACEHOLDER = /\$\{(!?)\s*([^{}]*?)\s*\}/g;

function substitute(argument: unknown, { evaluate, resolveRef, attribute }: TemplateContext): TemplateValue {
  const [text, variables] = Array.isArray(argument) && argument.length === 2 ? argument : [argument, {}];
  if (typeof text !== 'string' || !isObject(variables)) {
    return invalid('Fn::Sub needs a string, or a list of a string and an object');
  }
  const variable = (name: string): TemplateValue => {
    if (Object.hasOwn(variables, name)) {
      return evaluate(variables[name]);
    }
    const [id = '', ...rest] = name.split('.');
    return rest.length > 0 ? attribute(id, rest.join('.')) : resolveRef(name);
  };
  const texts = [...text.matchAll(PLACEHOLDER)].map(([, literal, name = '']) =>
    literal ? known(`\${${name}}`) : withText(`Fn::Sub: ${name}`, variable(name), known),
  );
  return withValue(allValues(texts), (values) => {
    const left = Array.isArray(values) ? [...values] : [];
    return known(text.replace(PLACEHOLDER, () => String(left.shift())));
  });
}

function joined(separator: string, values: unknown): TemplateValue {
  const texts = Array.isArray(values) ? values.map(asText) : [undefined];
  return texts.includes(undefined)
    ? invalid('Fn::Join needs a list of strings')
    : known(texts.join(separator));
}

function withText(name: string, given: TemplateValue, next: (text: string) => TemplateValue): TemplateValue {
  return withValue(given, (value) => {
    const text = asText(value);
    return text === undefined ? invalid(`${name} needs a string`) : next(text);
  });
}
