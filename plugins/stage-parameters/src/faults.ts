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

/** What is wrong with a stage's parameters, all of it, for the person who packages; undefined when nothing is. */
export function describeFaults(
  stage: string,
  given: ReadonlyMap<string, unknown>,
  { localStage, required, oneOf, optional }: Declaration,
): string | undefined {
  if (stage === localStage) {
    return `The stage "${localStage}" runs on this machine and is not packaged. Name another one, such as --stage dev.`;
  }
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
  const undecided = oneOf.filter((names) => !names.some(isGiven));
  const firsts = declared.filter(([name]) => undecided.some(([first]) => first === name));
  const missing = declared.filter(([name]) => needed.has(name) && !isGiven(name));
  const malformed = declared.filter(([name, { pattern }]) => {
    const value = given.get(name) ?? '';
    return value !== '' && !isVariable(value) && !pattern.test(String(value));
  });
  if (missing.length + undecided.length + malformed.length === 0) {
    return undefined;
  }
  return [
    `The stage "${stage}" is not complete.`,
    ...missing.map(([name, { is }]) => `  ${name} is missing: ${is}${orWith(required[name]?.unless)}`),
    ...undecided.map(
      (names) =>
        `  one of these is missing: ${names.map((name) => `${name}, ${optional[name]?.is}`).join('; or ')}`,
    ),
    ...malformed.map(([name, { is }]) => `  ${name} is "${given.get(name)}", but must be: ${is}`),
    '',
    `Set them in serverless.yml, under params.${stage}, or on the command line:`,
    '',
    [
      `  npx serverless package --stage ${stage}`,
      ...[...missing, ...firsts, ...malformed].map(
        ([name, { example }]) => `    --param='${name}=${example}'`,
      ),
    ].join(' \\\n'),
  ].join('\n');
}

const orWith = (unless: string | undefined): string =>
  unless === undefined ? '' : ` (not with --param='${unless}')`;

/** `${cf:…}` and others that are resolved later. */
const isVariable = (value: unknown): boolean => String(value).includes('${');
