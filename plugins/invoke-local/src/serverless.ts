/** The parts of the Serverless Framework (osls) that this plugin uses. */

export interface Serverless {
  readonly service: {
    readonly provider: { readonly stage?: string };
    getFunction(key: string): FunctionDefinition;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

export interface FunctionDefinition {
  /** The only key of each event is the name of its trigger. */
  readonly events?: readonly object[];
}

export interface CliOptions {
  /** `-f` of `invoke local`. */
  readonly function?: string;
  /** The event, from `-d`, `-p` or standard input. The framework has parsed it before the invocation. */
  readonly data?: unknown;
}
