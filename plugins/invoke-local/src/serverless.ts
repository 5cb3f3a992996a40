/** What this plugin uses of the Serverless Framework (osls), and no more. */

export interface Serverless {
  readonly service: { readonly provider: { readonly stage?: string } };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

export interface CliOptions {
  /** `-f` of `invoke local`. */
  readonly function?: string;
}
