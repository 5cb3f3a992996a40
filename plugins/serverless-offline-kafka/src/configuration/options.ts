import * as z from 'zod';

/** The key under `custom` in the service file. */
export const OPTIONS_KEY = 'serverless-offline-kafka';

const optionsSchema = z.strictObject({
  bootstrapServers: z.string().min(1).optional(),
  sessionTimeoutMs: z.int().min(1_000).default(6_000),
});

export interface Options {
  /** host:port of some brokers, joined with commas. */
  readonly bootstrapServers: string;
  /** After this time without a heartbeat the brokers give a dead member's partitions to others. */
  readonly sessionTimeoutMs: number;
}

export interface ReadOptions {
  /** Undefined if there are problems. */
  readonly options?: Options;
  readonly problems: readonly string[];
}

/** Reads `custom.serverless-offline-kafka`. The brokers default to KAFKA_BROKERS, then to localhost:9092. */
export function readOptions(
  custom: Readonly<Record<string, unknown>> | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ReadOptions {
  const parsed = optionsSchema.safeParse(custom?.[OPTIONS_KEY] ?? {});
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(({ path, message }) =>
        [['custom', OPTIONS_KEY, ...path].join('.'), message].join(': '),
      ),
    };
  }
  return {
    options: {
      bootstrapServers: parsed.data.bootstrapServers ?? (environment.KAFKA_BROKERS || 'localhost:9092'),
      sessionTimeoutMs: parsed.data.sessionTimeoutMs,
    },
    problems: [],
  };
}
