import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { readOutputNames } from '../stack/service-file.ts';
import { infrastructure } from '../stack/services.ts';
import {
  applicationSettings,
  findFaults,
  infrastructureSettings,
  isVariable,
  setupSettings,
} from '../stack/stage-settings.ts';

export interface StageParameters {
  readonly stage: string;
  /** From the command line, from its service file, and from its infrastructure if that exists. */
  readonly parameters: ReadonlyMap<string, string>;
  /** True if the infrastructure is deployed first. Its outputs are more parameters. */
  readonly awaitsInfrastructure: boolean;
}

/** MSK returns the brokers once the cluster exists. */
const FROM_THE_CLUSTER = 'kafkaBrokers';

/**
 * Checks that the stage has every parameter that packaging and deployment need, and no unknown one.
 * @throws OrderlyError that lists everything missing, malformed or unknown, before anything is changed.
 */
export async function assertParameters({
  stage,
  parameters,
  awaitsInfrastructure,
}: StageParameters): Promise<void> {
  const outputNames = await readOutputNames(infrastructure);
  const later = [FROM_THE_CLUSTER, ...(awaitsInfrastructure ? outputNames : [])];
  const faults = new Map(
    [applicationSettings, setupSettings]
      .flatMap((settings) => findFaults(settings, parameters))
      .filter(({ name }) => parameters.has(name) || !later.includes(name))
      .map((fault) => [fault.line, fault]),
  );
  const known = { ...applicationSettings.shape, ...setupSettings.shape, ...infrastructureSettings.shape };
  const unknown = [...parameters.keys()].filter((name) => !Object.hasOwn(known, name));
  const unresolved = [...parameters].filter(([name, value]) => isVariable(value) && isNeededBySetup(name));
  const lines = [
    ...[...faults.values()].map(({ line }) => line),
    ...unknown.map(
      (name) => `${name} is not a parameter; docs/packaging.md and docs/deployment.md list them`,
    ),
    ...unresolved.map(
      ([name]) =>
        `${name} is a variable of the framework, which only the application can resolve: write its value`,
    ),
  ];
  if (lines.length > 0) {
    throw new OrderlyError(
      'deployment',
      [
        `The parameters of the stage "${stage}" are wrong.`,
        ...lines.map((line) => `  ${line}`),
        ...remedy(stage, [...faults.values()], outputNames),
      ].join('\n'),
    );
  }
}

/** `migrate` receives the user of databaseUrl: the functions log in as that user. */
const isNeededBySetup = (name: string): boolean =>
  Object.hasOwn(setupSettings.shape, name) || name === 'databaseUrl';

function remedy(
  stage: string,
  faults: readonly { readonly name: string; readonly example: string }[],
  outputNames: readonly string[],
): string[] {
  const own = faults.filter(({ name }) => !outputNames.includes(name));
  return [
    '',
    ...(own.length < faults.length
      ? [
          'Network, Kafka and database come from --infrastructure, which creates them, from --infrastructure-of <stage>, which',
          'shares those of another stage, or from parameters.',
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
