/** The parts of the Serverless Framework (osls) that this plugin uses. */

export interface Serverless {
  readonly service: Service;
  /** The absolute path of the service's folder. */
  readonly serviceDir: string;
  /** The name of the service file in that folder. */
  readonly configurationFilename?: string;
  readonly config: { readonly servicePath: string };
  readonly pluginManager: {
    spawn(command: string, options: { terminateLifecycleAfterExecution: boolean }): Promise<void>;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

export interface Service {
  readonly service: string;
  readonly provider: {
    readonly stage?: string;
    readonly region?: string;
    readonly stackName?: string;
    /** The values of the template's parameters. */
    readonly stackParameters?: readonly {
      readonly ParameterKey: string;
      readonly ParameterValue?: string;
    }[];
    readonly timeout?: number;
    readonly runtime?: string;
    readonly memorySize?: number;
    readonly environment?: unknown;
  };
  readonly package?: { readonly artifact?: string };
  readonly custom?: Readonly<Record<string, unknown>>;
  readonly resources?: unknown;
  getAllFunctions(): string[];
  getFunction(key: string): FunctionDefinition;
}

export interface FunctionDefinition {
  readonly name?: string;
  readonly handler?: string;
  /** A container image instead of a handler. */
  readonly image?: unknown;
  /** In seconds. */
  readonly timeout?: number;
  readonly runtime?: string;
  readonly memorySize?: number;
  readonly environment?: unknown;
  readonly package?: { readonly artifact?: string };
  readonly events?: readonly FunctionEvent[];
}

/** `configuration/event-settings.ts` has the schemas of these events. */
export interface FunctionEvent {
  readonly msk?: unknown;
  readonly kafka?: unknown;
}

/** The framework's log for plugins. `info` is shown only with --verbose. */
export interface Log {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
  error(message: string): void;
}

export type CliOptions = Readonly<Record<string, unknown>>;
