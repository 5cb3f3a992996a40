/** The parts of the Serverless Framework (osls) that this plugin uses. */

export interface Serverless {
  readonly service: Service;
}

export interface Service {
  readonly provider: {
    readonly memorySize?: number;
    /** In seconds. */
    readonly timeout?: number;
  };
  readonly custom?: Readonly<Record<string, unknown>>;
  getAllFunctions(): string[];
  getFunction(key: string): FunctionDefinition;
}

export interface FunctionDefinition {
  /** The name on Lambda. */
  readonly name?: string;
  readonly memorySize?: number;
  /** In seconds. */
  readonly timeout?: number;
  /** Variables in addition to those of the provider. */
  readonly environment?: unknown;
  readonly events?: readonly FunctionEvent[];
}

export interface FunctionEvent {
  readonly httpApi?: unknown;
}

export type CliOptions = Readonly<Record<string, unknown>>;

/** The framework's log for plugins. */
export interface Log {
  error(message: unknown): void;
}
