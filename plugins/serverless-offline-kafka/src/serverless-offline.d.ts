/** What this plugin uses of serverless-offline, which has no types of its own. */
declare module 'serverless-offline/lambda' {
  export interface FunctionInstance {
    setEvent(event: unknown): void;
    /** Resolves with the handler's result, rejects with its error. */
    runHandler(): Promise<unknown>;
    /** Ends the instance's thread; the next run begins a new one. */
    cleanup(): Promise<void>;
  }

  export interface FunctionEntry {
    readonly functionKey: string;
    readonly functionDefinition: unknown;
  }

  // biome-ignore lint/style/noDefaultExport: that is how serverless-offline exports it
  export default class Lambda {
    constructor(serverless: unknown, options: Readonly<Record<string, unknown>>);
    create(functions: readonly FunctionEntry[]): void;
    /** An instance that runs nothing at the moment. It is taken by `runHandler`, not by `get`. */
    get(functionKey: string): FunctionInstance;
    cleanup(): Promise<void>;
  }
}
