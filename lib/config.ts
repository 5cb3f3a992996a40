import * as z from 'zod';
import { OrderlyError } from './errors.ts';
import type { LogLevel } from './observability/log-line.ts';

const brokerList = z
  .string('is missing: host:port, several separated by commas')
  .transform((list) => list.split(',').map((broker) => broker.trim()))
  .pipe(
    z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port, several separated by commas')).min(1),
  );

/** A variable that is set to nothing counts as not set. */
const whenSet = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((text) => (text === '' ? undefined : text), schema.optional());

/** The variables that the functions and the local stack read alike. */
export const sharedVariables = {
  KAFKA_BROKERS: brokerList,
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be postgresql://user:password@host:port/database',
  }),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error'], 'must be debug, info, warn or error').default('info'),
  FULFILMENT_URL: whenSet(z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' })),
  FULFILMENT_SECRET: whenSet(
    z.string().regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/, 'must be whsec_ and 24 to 64 bytes in base64'),
  ),
};

/** The calls to a receiver are always signed. */
export const needsSecret = z.refine<{
  FULFILMENT_URL?: string | undefined;
  FULFILMENT_SECRET?: string | undefined;
}>(({ FULFILMENT_URL, FULFILMENT_SECRET }) => !FULFILMENT_URL || FULFILMENT_SECRET !== undefined, {
  path: ['FULFILMENT_SECRET'],
  error: 'is missing: the calls to FULFILMENT_URL are signed with it',
});

const environment = z
  .object({ STAGE: z.string().min(1).default('local'), ...sharedVariables })
  .check(needsSecret);

/** What the functions are told by their environment; `serverless.yml` sets it. */
export interface Config {
  /** `local` on a laptop; anything else is AWS. */
  readonly stage: string;
  readonly kafkaBrokers: readonly string[];
  readonly databaseUrl: string;
  readonly logLevel: LogLevel;
  /** Who decides on orders, and what the calls there are signed with; undefined: the rules do. */
  readonly fulfilment: { readonly url: string; readonly secret: string } | undefined;
}

/**
 * Reads the configuration. The only place that looks at `process.env`.
 * @throws OrderlyError `invalid_configuration` that lists every problem together.
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    throw new OrderlyError(
      'invalid_configuration',
      `The environment is not complete: ${problems.join('; ')}.`,
    );
  }
  const { STAGE, KAFKA_BROKERS, DATABASE_URL, LOG_LEVEL, FULFILMENT_URL, FULFILMENT_SECRET } = parsed.data;
  return Object.freeze({
    stage: STAGE,
    kafkaBrokers: KAFKA_BROKERS,
    databaseUrl: DATABASE_URL,
    logLevel: LOG_LEVEL,
    fulfilment:
      FULFILMENT_URL && FULFILMENT_SECRET ? { url: FULFILMENT_URL, secret: FULFILMENT_SECRET } : undefined,
  });
}

const logEnvironment = z.object({
  STAGE: z.string().catch('local'),
  LOG_LEVEL: sharedVariables.LOG_LEVEL.catch('info'),
});

/** How to log. Total: a mistake in the rest of the configuration must still reach the log. */
export function logSettings(): Pick<Config, 'stage' | 'logLevel'> {
  const { STAGE, LOG_LEVEL } = logEnvironment.parse(process.env);
  return { stage: STAGE, logLevel: LOG_LEVEL };
}

let current: Config | undefined;

/** The configuration of this process, read once. */
export function config(): Config {
  current ??= readConfig(process.env);
  return current;
}
