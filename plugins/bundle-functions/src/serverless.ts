/** The parts of the Serverless Framework (osls) that this plugin uses. */

export interface Serverless {
  readonly serviceDir: string;
  readonly service: {
    readonly provider: { readonly runtime?: string };
    readonly custom?: { readonly 'bundle-functions'?: { readonly separateModules?: readonly string[] } };
    getAllFunctions(): string[];
    getFunction(key: string): FunctionDefinition;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

export interface FunctionDefinition {
  readonly handler?: string;
  readonly runtime?: string;
  /**
   * `artifact` is the zip to upload; the framework then packages nothing itself. `patterns` are files that the function
   * reads at runtime.
   */
  package?: { individually?: boolean; artifact?: string; readonly patterns?: readonly string[] };
}

/** The framework's log for plugins. `info` is shown only with --verbose. */
export interface Log {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
}
