import * as z from 'zod';
import { asText, deployTime, invalid, known, type TemplateValue } from './template-value.ts';

export const parameter = z.object({
  Type: z.string().default('String'),
  Default: z.unknown().optional(),
  AllowedValues: z.array(z.unknown()).optional(),
});

type Parameter = z.infer<typeof parameter>;

const LIST = /^(CommaDelimitedList$|List<)/;
const NUMBER = /^(List<)?Number>?$/;
const KNOWN_TYPE =
  /^(String|Number|CommaDelimitedList|(List<)?(Number|String|AWS::[\w:]+)>?|AWS::SSM::Parameter::Name)$/;

/**
 * Returns the value of `Ref` to a parameter: the value in the stack's parameters, else the default. The default of
 * `AWS::SSM::Parameter::Value<…>` is the path of a value that only a deployment reads.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
 */
export function parameterValue(
  name: string,
  { Type, Default, AllowedValues }: Parameter,
  override: unknown,
): TemplateValue {
  if (Type.startsWith('AWS::SSM::Parameter::Value<')) {
    return deployTime;
  }
  if (!KNOWN_TYPE.test(Type)) {
    return invalid(`the parameter ${name} has a type that CloudFormation does not support: ${Type}`);
  }
  const given = override ?? Default;
  if (given === undefined) {
    return deployTime;
  }
  const text = asText(given);
  if (text === undefined) {
    return invalid(`the parameter ${name} needs a string as its value`);
  }
  const members = LIST.test(Type) ? text.split(',').map((member) => member.trim()) : [text];
  const allowed = AllowedValues?.map(asText);
  const rejected = members.find(
    (member) => (NUMBER.test(Type) && !isNumber(member)) || (allowed && !allowed.includes(member)),
  );
  if (rejected !== undefined) {
    return invalid(`the parameter ${name} cannot be ${rejected}`);
  }
  return known(LIST.test(Type) ? members : given);
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));
