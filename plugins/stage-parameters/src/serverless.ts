/** What this plugin uses of the Serverless Framework (osls), and no more. */

export interface Serverless {
  /** The service file; variables that need a parameter are not resolved yet when plugins are made. */
  readonly configurationInput: {
    readonly custom?: Readonly<Record<string, unknown>>;
    readonly provider: { readonly stage?: string };
    readonly params?: Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  };
  readonly processedInput: {
    /** `package`, `deploy`, `deploy function`, … */
    readonly command: string;
    readonly isHelpRequest: boolean;
  };
  readonly classes: { readonly Error: new (message: string, code: string) => Error };
}

export interface CliOptions {
  readonly stage?: string;
  /** `name=value` each. */
  readonly param?: readonly string[];
  /** With `deploy`: a package that was made before. */
  readonly package?: string;
}
