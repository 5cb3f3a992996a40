import { issuerKeys } from '../auth/issuer-keys.ts';
import { readKeySet } from '../auth/read-key-set.ts';
import { type TokenVerifier, tokenVerifier } from '../auth/token-verifier.ts';
import {
  type Config,
  config,
  environmentCredentials,
  type FulfilmentConfig,
  type SchemaRegistryConfig,
} from '../config/config.ts';
import { signingSecret } from '../fulfilment/signing-secret.ts';
import type { Receiver } from '../fulfilment/webhook.ts';
import { type ClusterCheck, createClusterCheck } from '../kafka/cluster-check.ts';
import { mskIam } from '../kafka/msk-iam.ts';
import { createProducer, type Producer, type ProducerOptions } from '../kafka/producer/producer.ts';
import type { KafkaSecurity } from '../kafka/security.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import { report } from '../observability/observe.ts';
import { runOutsideTrace } from '../observability/traces/current-trace.ts';
import { createDatabase, type Database } from '../postgres/database.ts';
import { type DatabaseLogin, rdsIam, secretPassword } from '../postgres/login.ts';
import { createRateLimiter, type RateLimiter } from '../rate-limits/rate-limiter.ts';
import { leasePermits } from '../rate-limits/sql/rate-limit-leases.ts';
import { latestSchemaId } from '../schema-registry/latest-schema-id.ts';
import { subjectOf } from '../schema-registry/registered-schemas.ts';
import type { RegistryOptions } from '../schema-registry/registry-request.ts';
import { registryAuthorization } from '../schema-registry/registry-secret.ts';
import { schemaIdCache } from '../schema-registry/schema-id-cache.ts';
import { withSchemaIds } from '../schema-registry/with-schema-ids.ts';
import { systemClock } from '../time/clock.ts';

/**
 * The connections that the functions of one process share. Each is created at its first use, and kept for later
 * invocations. None is closed, because Lambda freezes a process and ends it without notice.
 */

/** A look-up delays a request at most once in 30 s. Reading the registry's secret before it takes up to 1.5 s more. */
const LOOK_UP_TIMEOUT_MS = 500;

let sharedSecurity: KafkaSecurity | undefined;
let sharedProducer: Producer<TopicValues> | undefined;
let sharedDatabase: Database | undefined;
let sharedClusterCheck: ClusterCheck | undefined;
let sharedVerifier: TokenVerifier | undefined;
let sharedRateLimiter: RateLimiter | undefined;
let sharedSigningSecret: (() => Promise<string>) | undefined;

export function producer(): Producer<TopicValues> {
  sharedProducer ??= withRegistry(
    createProducer<TopicValues>({
      ...kafka('orderly'),
      topicPrefix: config().kafkaPrefix,
      compression: config().kafkaCompression,
    }),
    config(),
  );
  return sharedProducer;
}

/** Adds the ids of schemas if there is a registry. */
function withRegistry(plain: Producer<TopicValues>, settings: Config): Producer<TopicValues> {
  const { schemaRegistry: registry, kafkaPrefix } = settings;
  if (registry === undefined) {
    return plain;
  }
  const options = registryOptions(registry, settings, LOOK_UP_TIMEOUT_MS);
  const ids = schemaIdCache((subject) => latestSchemaId(options, subject), systemClock);
  return withSchemaIds(plain, (schema) => ids(subjectOf(schema, kafkaPrefix)));
}

/** Returns the options of the registry's client. */
export function registryOptions(
  { url, secretArn }: SchemaRegistryConfig,
  settings: Config,
  timeoutMs: number,
): RegistryOptions {
  return {
    url,
    timeoutMs,
    authorization:
      secretArn === undefined ? undefined : () => registryAuthorization(secretArn, awsOptions(settings)),
  };
}

export function database(): Database {
  sharedDatabase ??= createDatabase(config().databaseUrl, databaseLogin());
  return sharedDatabase;
}

export function clusterCheck(): ClusterCheck {
  sharedClusterCheck ??= createClusterCheck(kafka('orderly-health'));
  return sharedClusterCheck;
}

/** Returns the verifier of access tokens; undefined if the API is open. */
export function verifier(): TokenVerifier | undefined {
  const rules = config().authentication;
  if (rules !== undefined) {
    sharedVerifier ??= tokenVerifier(
      rules,
      issuerKeys(() => readKeySet(rules.jwksUrl), systemClock),
      systemClock,
    );
  }
  return sharedVerifier;
}

/** A lease that takes longer than a request waits for it still serves later requests. */
const LEASE_TIMEOUT_MS = 1_000;

/** Returns the limiter of orders per principal; undefined if there is no limit. */
export function rateLimiter(): RateLimiter | undefined {
  const limit = config().rateLimit;
  if (limit !== undefined) {
    sharedRateLimiter ??= createRateLimiter({
      limit,
      lease: (principal, window, request) =>
        leasePermits(database().within(LEASE_TIMEOUT_MS), principal, window, request, limit),
      clock: systemClock,
      report: (requests, failure) =>
        runOutsideTrace(() => report('permits.unchecked', { requests, failure })),
    });
  }
  return sharedRateLimiter;
}

/** Returns the options of a Kafka client. All clients share one cached token. */
export function kafka(clientId: string): Pick<ProducerOptions, 'brokers' | 'clientId' | 'security'> {
  sharedSecurity ??= kafkaSecurity(config());
  return { brokers: config().kafkaBrokers, clientId, security: sharedSecurity };
}

/** Returns the Kafka security settings for a configuration, with the AWS credentials of the environment. */
export function kafkaSecurity(settings: Config): KafkaSecurity | undefined {
  return settings.kafkaAuth === 'iam' ? mskIam(awsOptions(settings)) : undefined;
}

/** Returns the database login for a configuration; undefined if the URL contains the password. */
export function databaseLogin(settings: Config = config()): DatabaseLogin | undefined {
  const { databaseAuth, databaseUrl } = settings;
  switch (databaseAuth.by) {
    case 'password':
      return undefined;
    case 'iam':
      return rdsIam(databaseUrl, awsOptions(settings));
    case 'secret':
      return secretPassword(databaseAuth.secretArn, awsOptions(settings));
  }
}

/** Returns the receiver's URL and the current signing secret. @throws OrderlyError `secret_unavailable` */
export async function receiver({ url, signedWith }: FulfilmentConfig): Promise<Receiver> {
  if ('secret' in signedWith) {
    return { url, secret: signedWith.secret };
  }
  sharedSigningSecret ??= signingSecret(signedWith.secretArn, awsOptions(config()));
  return { url, secret: await sharedSigningSecret() };
}

const awsOptions = ({ region, secretsEndpoint }: Config) => ({
  region,
  credentials: environmentCredentials,
  clock: systemClock,
  endpoint: secretsEndpoint,
});
