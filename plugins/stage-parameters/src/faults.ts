import type { Declaration } from './declaration.ts';

/**
 * The values that a stage has, as osls finds them: `--param name=value` wins over `params.<stage>`, that over
 * `params.default`.
 */
export function parametersOf(
  stage: string,
  cliParameters: readonly string[],
  params: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>,
): ReadonlyMap<string, unknown> {
  const fromCli = cliParameters.map((parameter) => {
    const end = parameter.indexOf('=');
    return [parameter.slice(0, end), parameter.slice(end + 1).trimEnd()] as const;
  });
  const inFile = [...Object.entries(params.default ?? {}), ...Object.entries(params[stage] ?? {})];
  return new Map([...inFile.filter(([, value]) => value != null), ...fromCli]);
}

/** One thing that is wrong with a stage's parameters. */
export interface Fault {
  /** The parameter; where one of several is missing, the first of them. */
  readonly name: string;
  /** For the person who packages. */
  readonly line: string;
  /** A value as it should be. */
  readonly example: string;
}

/** All that is wrong with a stage's parameters: what is missing, and what is not of its form. */
export function findFaults(
  given: ReadonlyMap<string, unknown>,
  { required, oneOf, optional }: Omit<Declaration, 'localStage'>,
): readonly Fault[] {
  const isGiven = (name: string): boolean => (given.get(name) ?? '') !== '';
  const needed = new Set(
    Object.entries(optional).flatMap(([name, { needs }]) =>
      needs !== undefined && isGiven(name) ? needs : [],
    ),
  );
  for (const [name, { unless }] of Object.entries(required)) {
    const [other = '', value] = unless?.split('=') ?? [];
    if (unless === undefined || given.get(other) !== value) {
      needed.add(name);
    }
  }
  const declared = Object.entries({ ...required, ...optional });
  const missing = declared.filter(([name]) => needed.has(name) && !isGiven(name));
  const undecided = oneOf.filter((names) => !names.some(isGiven));
  const malformed = declared.filter(([name, { pattern }]) => {
    const value = given.get(name) ?? '';
    return value !== '' && !isVariable(value) && !pattern.test(String(value));
  });
  return [
    ...missing.map(([name, { is, example }]) => ({
      name,
      line: `${name} is missing: ${is}${orWith(required[name]?.unless)}`,
      example,
    })),
    ...undecided.map((names) => ({
      name: names[0] ?? '',
      line: `one of these is missing: ${names.map((name) => `${name}, ${optional[name]?.is}`).join('; or ')}`,
      example: optional[names[0] ?? '']?.example ?? '',
    })),
    ...malformed.map(([name, { is, example }]) => ({
      name,
      line: `${name} is "${withoutPassword(String(given.get(name)))}", but must be: ${is}`,
      example,
    })),
  ];
}

/** What is wrong with a stage, all of it, for the person who packages; undefined when nothing is. */
export function describeFaults(
  stage: string,
  given: ReadonlyMap<string, unknown>,
  { localStage, ...declaration }: Declaration,
): string | undefined {
  if (stage === localStage) {
    return `The stage "${localStage}" runs on this machine and is not packaged. Name another one, such as --stage dev.`;
  }
  const faults = findFaults(given, declaration);
  if (faults.length === 0) {
    return undefined;
  }
  return [
    `The stage "${stage}" is not complete.`,
    ...faults.map(({ line }) => `  ${line}`),
    '',
    `Set them in serverless.yml, under params.${stage}, or on the command line:`,
    '',
    [
      `  npx serverless package --stage ${stage}`,
      ...faults.map(({ name, example }) => `    --param='${name}=${example}'`),
    ].join(' \\\n'),
  ].join('\n');
}

const orWith = (unless: string | undefined): string =>
  unless === undefined ? '' : ` (not with --param='${unless}')`;

/** A password may have been written where none belongs. */
export const withoutPassword = (text: string): string =>
  text.replace(/(:\/\/[^:@/\s]*):[^@/\s]*@/g, '$1:***@');

/** `${cf:…}` and others that are resolved later. */
const isVariable = (value: unknown): boolean => String(value).includes('${');
