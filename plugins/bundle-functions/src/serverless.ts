/** What this plugin uses of the Serverless Framework (osls), and no more. */

export interface Serverless {
  readonly serviceDir: string;
  readonly service: {
    readonly provider: { readonly runtime?: string };
    getAllFunctions(): string[];
    getFunction(key: string): FunctionDefinition;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

export interface FunctionDefinition {
  readonly handler?: string;
  readonly runtime?: string;
  /**
   * `artifact` is the zip to upload; with one, the framework packs nothing itself. `patterns` are files that the
   * function reads.
   */
  package?: { individually?: boolean; artifact?: string; readonly patterns?: readonly string[] };
}

/** The log that the framework hands to plugins: `notice` and worse are shown, `info` only with --verbose. */
export interface Log {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
}
