import * as z from 'zod';
import type { CredentialsProvider } from '../aws/aws-credentials.ts';
import { OrderlyError } from '../errors/orderly-error.ts';
import { databaseUrlErrors } from '../postgres/database-url.ts';

const logLevels = ['debug', 'info', 'warn', 'error'] as const;

export type LogLevel = (typeof logLevels)[number];

const brokerList = z
  .string('is missing: host:port, several separated by commas')
  .transform((list) => list.split(',').map((broker) => broker.trim()))
  .pipe(
    z.array(z.string().regex(/^[^\s:]+:\d{1,5}$/, 'must be host:port, several separated by commas')).min(1),
  );

/** A variable that is set to nothing counts as not set. */
const whenSet = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((text) => (text === '' ? undefined : text), schema.optional());

/** `whsec_` and 24 to 64 bytes in base64: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const SIGNING_SECRET = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;

/** Whoever can change the issuer's keys on their way can write tokens: they come over TLS, or from this machine. */
function isTrustworthy(text: string): boolean {
  const url = URL.parse(text);
  const isHere = url !== null && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere);
}

/** The variables that the functions and the local stack read alike. */
export const sharedVariables = {
  KAFKA_BROKERS: brokerList,
  DATABASE_URL: z.url({
    protocol: /^postgres(ql)?$/,
    error: 'must be postgresql://user:password@host:port/database',
  }),
  AUTH_ISSUER: whenSet(z.string()),
  AUTH_AUDIENCE: whenSet(
    z
      .string()
      .transform((list) => list.split(',').map((audience) => audience.trim()))
      .refine(
        (audiences) => audiences.every(Boolean),
        'must be one audience, or several separated by commas',
      ),
  ),
  AUTH_JWKS_URL: whenSet(
    z.string().refine(isTrustworthy, 'must be https://…, or http:// and this machine (127.0.0.1)'),
  ),
  LOG_LEVEL: z.enum(logLevels, 'must be debug, info, warn or error').default('info'),
  FULFILMENT_URL: whenSet(z.url({ protocol: /^https?$/, error: 'must be http://… or https://…' })),
  FULFILMENT_SECRET: whenSet(z.string().regex(SIGNING_SECRET, 'must be whsec_ and 24 to 64 bytes in base64')),
};

/** The calls to a receiver are always signed. */
export const needsSecret = z.refine<{
  FULFILMENT_URL?: string | undefined;
  FULFILMENT_SECRET?: string | undefined;
  FULFILMENT_SECRET_ARN?: string | undefined;
}>(
  ({ FULFILMENT_URL, FULFILMENT_SECRET, FULFILMENT_SECRET_ARN }) =>
    !FULFILMENT_URL || (FULFILMENT_SECRET ?? FULFILMENT_SECRET_ARN) !== undefined,
  {
    path: ['FULFILMENT_SECRET'],
    error: 'is missing: the calls to FULFILMENT_URL are signed with it',
  },
);

type Authentication = {
  STAGE?: string;
  AUTH?: string | undefined;
  AUTH_ISSUER?: string | undefined;
  AUTH_AUDIENCE?: readonly string[] | undefined;
  AUTH_JWKS_URL?: string | undefined;
};

const LOCAL_STAGE = 'local';

const issuerVariables = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'] as const;

/** The API is open where that is said, and on a laptop where nothing is said. What is missing opens nothing. */
const isOpen = (value: Authentication): boolean =>
  value.AUTH === 'none' ||
  (value.AUTH === undefined &&
    value.STAGE === LOCAL_STAGE &&
    issuerVariables.every((name) => value[name] === undefined));

/** Who takes tokens says whose; `npm start` brings the issuer of AUTH=local along. */
export const needsIssuer = z.check<Authentication>(({ value, issues }) => {
  if (isOpen(value) || value.AUTH === 'local') {
    return;
  }
  for (const name of issuerVariables.filter((name) => value[name] === undefined)) {
    const message = 'is missing: tokens are asked for (docs/authentication.md), unless AUTH is none';
    issues.push({ code: 'custom', path: [name], message, input: undefined });
  }
});

type Login = {
  KAFKA_AUTH: string;
  DATABASE_URL: string;
  DATABASE_AUTH: DatabaseAuth['by'];
  DATABASE_SECRET_ARN?: string | undefined;
  FULFILMENT_SECRET_ARN?: string | undefined;
  AWS_REGION?: string | undefined;
};

const needsRegion = z.refine<Login>(
  ({ KAFKA_AUTH, DATABASE_AUTH, FULFILMENT_SECRET_ARN, AWS_REGION }) =>
    AWS_REGION !== undefined ||
    (KAFKA_AUTH !== 'iam' && DATABASE_AUTH === 'password' && FULFILMENT_SECRET_ARN === undefined),
  { path: ['AWS_REGION'], error: 'is missing: log-ins by IAM and secrets need it' },
);

/** What is in the URL has an effect, or is an error. */
const hasUsableUrl = z.check<Login>(({ value: { DATABASE_URL, DATABASE_AUTH }, issues }) => {
  for (const message of databaseUrlErrors(DATABASE_URL, DATABASE_AUTH)) {
    issues.push({ code: 'custom', path: ['DATABASE_URL'], message, input: undefined });
  }
});

const needsSecretArn = z.refine<Login>(
  ({ DATABASE_AUTH, DATABASE_SECRET_ARN }) => DATABASE_AUTH !== 'secret' || DATABASE_SECRET_ARN !== undefined,
  { path: ['DATABASE_SECRET_ARN'], error: 'is missing: DATABASE_AUTH=secret needs it' },
);

const environment = z
  .object({
    STAGE: z.string('is missing').min(1, 'is missing'),
    KAFKA_AUTH: z.enum(['none', 'iam'], 'must be none or iam').default('none'),
    KAFKA_PREFIX: z
      .string()
      .regex(/^[A-Za-z0-9._-]{0,64}$/, 'must be up to 64 letters, digits, dots, lines')
      .default(''),
    DATABASE_AUTH: z
      .enum(['password', 'iam', 'secret'], 'must be password, iam or secret')
      .default('password'),
    DATABASE_SECRET_ARN: whenSet(z.string()),
    FULFILMENT_SECRET_ARN: whenSet(z.string()),
    AWS_REGION: whenSet(z.string()),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: whenSet(z.url()),
    AUTH: whenSet(z.enum(['jwt', 'none'], 'must be jwt or none (local is for npm start)')),
    ...sharedVariables,
  })
  .check(needsIssuer)
  .check(needsRegion)
  .check(hasUsableUrl)
  .check(needsSecretArn)
  .check(needsSecret);

/** How PostgreSQL lets us in: with the URL's password, by IAM as the URL's user, or with what a secret says. */
export type DatabaseAuth =
  | { readonly by: 'password' | 'iam' }
  | { readonly by: 'secret'; readonly secretArn: string };

/** The tokens that the API accepts. */
export interface TokenRules {
  /** The claim `iss`, compared exactly. */
  readonly issuer: string;
  /** The claim `aud` contains one of them. */
  readonly audiences: readonly string[];
  /** The URL of the issuer's keys. */
  readonly jwksUrl: string;
}

/** Who decides on orders, and what the calls there are signed with: that, or what Secrets Manager keeps there. */
export interface FulfilmentConfig {
  readonly url: string;
  readonly signedWith: { readonly secret: string } | { readonly secretArn: string };
}

/** What the functions are told by their environment; `serverless.yml` sets it. */
export interface Config {
  /** `local` on a laptop; anything else is AWS. */
  readonly stage: string;
  readonly kafkaBrokers: readonly string[];
  /** `iam`: TLS, and the IAM of Amazon MSK. */
  readonly kafkaAuth: 'none' | 'iam';
  /** What the names of our topics and consumer groups begin with: stages may share a cluster. */
  readonly kafkaPrefix: string;
  readonly databaseUrl: string;
  readonly databaseAuth: DatabaseAuth;
  /** Of AWS; there whenever a log-in or a secret needs it. */
  readonly region: string;
  /** Of Secrets Manager, if not AWS'. */
  readonly secretsEndpoint: string | undefined;
  readonly logLevel: LogLevel;
  /** Whose tokens are asked for; undefined: the API is open. */
  readonly authentication: TokenRules | undefined;
  /** undefined: the rules decide. */
  readonly fulfilment: FulfilmentConfig | undefined;
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
  const { data } = parsed;
  const { DATABASE_AUTH, DATABASE_SECRET_ARN = '' } = data;
  return Object.freeze({
    stage: data.STAGE,
    kafkaBrokers: data.KAFKA_BROKERS,
    kafkaAuth: data.KAFKA_AUTH,
    kafkaPrefix: data.KAFKA_PREFIX,
    databaseUrl: data.DATABASE_URL,
    databaseAuth:
      DATABASE_AUTH === 'secret'
        ? { by: DATABASE_AUTH, secretArn: DATABASE_SECRET_ARN }
        : { by: DATABASE_AUTH },
    region: data.AWS_REGION ?? '',
    secretsEndpoint: data.AWS_ENDPOINT_URL_SECRETS_MANAGER,
    logLevel: data.LOG_LEVEL,
    authentication: isOpen(data)
      ? undefined
      : {
          issuer: data.AUTH_ISSUER ?? '',
          audiences: data.AUTH_AUDIENCE ?? [],
          jwksUrl: data.AUTH_JWKS_URL ?? '',
        },
    fulfilment: fulfilmentOf(data),
  });
}

function fulfilmentOf({
  FULFILMENT_URL: url,
  FULFILMENT_SECRET: secret,
  FULFILMENT_SECRET_ARN: secretArn = '',
}: z.infer<typeof environment>): FulfilmentConfig | undefined {
  return url === undefined
    ? undefined
    : { url, signedWith: secret === undefined ? { secretArn } : { secret } };
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

const credentialsEnvironment = z.object({
  AWS_ACCESS_KEY_ID: z.string().min(1),
  AWS_SECRET_ACCESS_KEY: z.string().min(1),
  AWS_SESSION_TOKEN: whenSet(z.string()),
});

/** The AWS credentials that the environment has at this moment; Lambda puts those of the function's role there. */
export const environmentCredentials: CredentialsProvider = async () => {
  const env = credentialsEnvironment.parse(process.env);
  return {
    accessKeyId: env.AWS_ACCESS_KEY_ID,
    secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
    ...(env.AWS_SESSION_TOKEN !== undefined && { sessionToken: env.AWS_SESSION_TOKEN }),
  };
};
