import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { findFaults } from '../plugins/stage-parameters/src/faults.ts';
import { readDeclared, readInfrastructureNames, readOutputNames } from './declared-parameters.ts';
import { isVariable } from './parameters.ts';
import { application, infrastructure, setup } from './services.ts';

export interface StageParameters {
  readonly stage: string;
  /** What the stage has: given, from its service file, and from its infrastructure as far as that is there. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Whether the infrastructure, which gives more of them, is deployed before they are needed. */
  readonly awaitsInfrastructure: boolean;
}

/** The brokers are asked for once there is a cluster. */
const FROM_THE_CLUSTER = 'kafkaBrokers';

/**
 * Whether packaging and deploying will find every parameter that they need, and every one is known.
 * @throws OrderlyError that lists all that is missing, malformed or unknown, before anything was changed.
 */
export async function assertParameters({
  stage,
  parameters,
  awaitsInfrastructure,
}: StageParameters): Promise<void> {
  const services = await Promise.all([application, setup].map(readDeclared));
  const outputNames = await readOutputNames(infrastructure);
  const later = [FROM_THE_CLUSTER, ...(awaitsInfrastructure ? outputNames : [])];
  const faults = new Map(
    services
      .flatMap(({ declaration }) => findFaults(parameters, declaration))
      .filter(({ name }) => parameters.has(name) || !later.includes(name))
      .map((fault) => [fault.line, fault]),
  );
  const known = new Set([
    ...services.flatMap(({ declaration: { required, optional }, defaults }) => [
      ...Object.keys({ ...required, ...optional }),
      ...defaults,
    ]),
    ...(await readInfrastructureNames(infrastructure)),
  ]);
  const unknown = [...parameters.keys()].filter((name) => !known.has(name));
  const unresolved = [...parameters].filter(
    ([name, value]) => isVariable(value) && isNeededHere(name, services[1]),
  );
  const lines = [
    ...[...faults.values()].map(({ line }) => line),
    ...unknown.map((name) => `${name} is no parameter; docs/packaging.md and docs/deployment.md list them`),
    ...unresolved.map(
      ([name]) =>
        `${name} is a variable of the framework, which only the application understands: write its value`,
    ),
  ];
  if (lines.length > 0) {
    throw new OrderlyError(
      'deployment',
      [
        `The parameters of the stage "${stage}" are not right.`,
        ...lines.map((line) => `  ${line}`),
        ...wayOut(stage, [...faults.values()], outputNames),
      ].join('\n'),
    );
  }
}

const isNeededHere = (
  name: string,
  prepared: Awaited<ReturnType<typeof readDeclared>> | undefined,
): boolean =>
  prepared !== undefined &&
  (prepared.defaults.has(name) ||
    name in prepared.declaration.required ||
    name in prepared.declaration.optional ||
    name === 'databaseUrl'); // who migrates is told who the functions log in as

function wayOut(
  stage: string,
  faults: readonly { readonly name: string; readonly example: string }[],
  outputNames: readonly string[],
): string[] {
  const own = faults.filter(({ name }) => !outputNames.includes(name));
  return [
    '',
    ...(own.length < faults.length
      ? [
          'Network, Kafka and database come with --infrastructure, which makes them, or --infrastructure-of <stage>, which',
          'shares those of another stage; or by parameter.',
        ]
      : []),
    ...(own.length > 0
      ? [
          `Set them under params.${stage} in serverless.yml, or on the command line:`,
          ...own.map(({ name, example }) => `  --param '${name}=${example}'`),
        ]
      : []),
  ];
}
