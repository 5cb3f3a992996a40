/** What this plugin uses of the Serverless Framework (osls), and no more. */

export interface Serverless {
  readonly service: Service;
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
    readonly timeout?: number;
  };
  readonly custom?: Readonly<Record<string, unknown>>;
  readonly resources?: unknown;
  getAllFunctions(): string[];
  getFunction(key: string): FunctionDefinition;
}

export interface FunctionDefinition {
  readonly name?: string;
  readonly handler?: string;
  /** Seconds. */
  readonly timeout?: number;
  readonly events?: readonly FunctionEvent[];
}

/** osls has checked `msk` and `kafka` against its schema. */
export interface FunctionEvent {
  readonly msk?: MskEvent;
  readonly kafka?: KafkaEvent;
}

interface MappingEvent {
  readonly topic: string;
  readonly batchSize?: number;
  /** Seconds. */
  readonly maximumBatchingWindow?: number;
  readonly enabled?: boolean;
  readonly startingPosition?: string;
  /** Unix seconds. */
  readonly startingPositionTimestamp?: number;
  readonly consumerGroupId?: string;
  readonly filterPatterns?: readonly unknown[];
  readonly provisionedPollerConfig?: unknown;
}

export interface MskEvent extends MappingEvent {
  readonly arn: string | { readonly Ref: string } | { readonly 'Fn::ImportValue': string };
}

export interface KafkaEvent extends MappingEvent {
  readonly onFailureDestination?: string;
}

/** The log that the framework hands to plugins: `notice` and worse are shown, `info` only with --verbose. */
export interface Log {
  info(message: string): void;
  notice(message: string): void;
  warning(message: string): void;
  error(message: string): void;
}

export type CliOptions = Readonly<Record<string, unknown>>;
