/** What this plugin uses of the Serverless Framework (osls), and no more. */

export interface Serverless {
  readonly service: Service;
  /** The service's folder, absolute. */
  readonly serviceDir: string;
  /** The service file, within it. */
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
    /** Values of the template's parameters. */
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
  /** Seconds. */
  readonly timeout?: number;
  readonly runtime?: string;
  readonly memorySize?: number;
  readonly environment?: unknown;
  readonly package?: { readonly artifact?: string };
  readonly events?: readonly FunctionEvent[];
}

/** Of the mappings; `configuration/event-settings.ts` knows what must be in them. */
export interface FunctionEvent {
  readonly msk?: unknown;
  readonly kafka?: unknown;
}

/** The log that the framework hands to plugins: `notice` and worse are shown, `info` only with --verbose. */
export interface Log {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
  error(message: string): void;
}

export type CliOptions = Readonly<Record<string, unknown>>;
