/** What this plugin uses of the Serverless Framework (osls), and no more. */

export interface Serverless {
  readonly service: {
    readonly provider: { readonly stage?: string };
    getFunction(key: string): FunctionDefinition;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

export interface FunctionDefinition {
  /** Each has the name of its trigger as its only key. */
  readonly events?: readonly object[];
}

export interface CliOptions {
  /** `-f` of `invoke local`. */
  readonly function?: string;
  /** The event, from `-d`, `-p` or standard input: before the invocation it has been parsed in place. */
  readonly data?: unknown;
}
