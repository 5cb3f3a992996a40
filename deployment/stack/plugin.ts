import { functions, settingsOf } from './functions.ts';
import { roleName } from './roles.ts';
import { applicationSettings, findFaults, type Settings, setupSettings } from './stage-settings.ts';

/** The parts of the Serverless Framework (osls) that this plugin uses. */
export interface Serverless {
  /** The service file. Variables that need a parameter are not resolved yet when plugins are constructed. */
  readonly configurationInput: {
    readonly service: string;
    readonly provider: { readonly stage?: string };
    readonly params?: Params;
    readonly functions?: Readonly<Record<string, unknown>>;
  };
  readonly processedInput: {
    /** `package`, `deploy`, `deploy function`, … */
    readonly command: string;
    readonly isHelpRequest: boolean;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
  /** Sets a part of the service file. The framework resolves the variables in it. */
  extendConfiguration(path: readonly string[], value: unknown): void;
}

export interface CliOptions {
  readonly stage?: string;
  /** `name=value` each. */
  readonly param?: readonly string[];
  /** `deploy --package`: a package that already exists. */
  readonly package?: string;
}

type Params = Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;

const APPLICATION = 'orderly';

const settingsOfService: Readonly<Record<string, Settings>> = {
  [APPLICATION]: applicationSettings,
  'orderly-setup': setupSettings,
};

/** The stage that runs on this machine. */
const LOCAL_STAGE = 'local';

/** The commands that create a template; the others (logs, info, remove, …) need no parameter. */
const packagingCommands: ReadonlySet<string> = new Set(['package', 'deploy', 'deploy function']);

/**
 * The plugin of serverless.yml and serverless.setup.yml. It gives each function the role and the reserved concurrency of
 * functions.ts, and checks the parameters of the stage before packaging. It works in its constructor: afterwards the
 * framework resolves variables, validates the service file, and would report only the first missing parameter.
 */
export default class Stage {
  constructor(serverless: Serverless, cliOptions: CliOptions) {
    const { service, provider, params = {}, functions: declared = {} } = serverless.configurationInput;
    for (const [name, value] of functionProperties(service, Object.keys(declared), serverless)) {
      serverless.extendConfiguration(['functions', ...name], value);
    }
    const { command, isHelpRequest } = serverless.processedInput;
    const isPackaged = command === 'deploy' && cliOptions.package !== undefined;
    const settings = settingsOfService[service];
    if (isHelpRequest || isPackaged || !packagingCommands.has(command) || settings === undefined) {
      return;
    }
    const stage = cliOptions.stage ?? provider.stage ?? 'dev';
    const message = describeFaults(stage, parametersOf(stage, cliOptions.param ?? [], params), settings);
    if (message !== undefined) {
      throw new serverless.classes.Error(message, 'STAGE_PARAMETERS_INCOMPLETE');
    }
  }
}

/** Returns the properties that functions have in addition to those of the service file, by path. */
function functionProperties(
  service: string,
  names: readonly string[],
  { classes }: Serverless,
): [path: readonly [name: string, property: string], value: string][] {
  if (service === APPLICATION) {
    try {
      settingsOf(names);
    } catch (error) {
      throw new classes.Error(
        Error.isError(error) ? error.message : String(error),
        'FUNCTION_TABLE_INCOMPLETE',
      );
    }
  }
  return names.flatMap((name) => [
    [[name, 'role'], roleName(name)],
    ...(Object.hasOwn(functions, name)
      ? [
          [
            [name, 'reservedConcurrency'],
            `\${file(./deployment/stack/resources.cjs):reserved.${name}}`,
          ] satisfies [readonly [string, string], string],
        ]
      : []),
  ]);
}

/**
 * Returns the parameters of a stage, as the framework finds them: `--param name=value` overrides `params.<stage>`, which
 * overrides `params.default`.
 */
export function parametersOf(
  stage: string,
  cliParameters: readonly string[],
  params: Params,
): ReadonlyMap<string, unknown> {
  const fromCli = cliParameters.map((parameter) => {
    const end = parameter.indexOf('=');
    return [parameter.slice(0, end), parameter.slice(end + 1).trimEnd()] as const;
  });
  const inFile = [...Object.entries(params.default ?? {}), ...Object.entries(params[stage] ?? {})];
  return new Map([...inFile.filter(([, value]) => value != null), ...fromCli]);
}

/** Returns a message that lists everything wrong with the parameters of a stage; undefined if nothing is. */
export function describeFaults(
  stage: string,
  given: ReadonlyMap<string, unknown>,
  settings: Settings,
): string | undefined {
  if (stage === LOCAL_STAGE) {
    return `The stage "${LOCAL_STAGE}" runs on this machine and is not packaged. Name another one, such as --stage dev.`;
  }
  const faults = findFaults(settings, given);
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
