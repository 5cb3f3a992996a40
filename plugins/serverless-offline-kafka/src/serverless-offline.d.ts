/** The parts of serverless-offline that this plugin uses. The package has no types. */
declare module 'serverless-offline/lambda' {
  export interface FunctionInstance {
    setEvent(event: unknown): void;
    /** Resolves with the handler's result, rejects with its error. */
    runHandler(): Promise<unknown>;
    /** Ends the thread of the instance. The next run starts another thread. */
    cleanup(): Promise<void>;
  }

  export interface FunctionEntry {
    readonly functionKey: string;
    readonly functionDefinition: unknown;
  }

  // biome-ignore lint/style/noDefaultExport: serverless-offline exports it this way
  export default class Lambda {
    constructor(serverless: unknown, options: Readonly<Record<string, unknown>>);
    create(functions: readonly FunctionEntry[]): void;
    /** Returns an idle instance. `runHandler` makes it busy, not `get`. */
    get(functionKey: string): FunctionInstance;
    cleanup(): Promise<void>;
  }
}
