import { issuerKeys } from '../auth/issuer-keys.ts';
import { readKeySet } from '../auth/read-key-set.ts';
import { type TokenVerifier, tokenVerifier } from '../auth/token-verifier.ts';
import { type Config, config, environmentCredentials, type FulfilmentConfig } from '../config/config.ts';
import { signingSecret } from '../fulfilment/signing-secret.ts';
import type { Receiver } from '../fulfilment/webhook.ts';
import { type ClusterCheck, createClusterCheck } from '../kafka/cluster-check.ts';
import { mskIam } from '../kafka/msk-iam.ts';
import { createProducer, type Producer, type ProducerOptions } from '../kafka/producer/producer.ts';
import type { KafkaSecurity } from '../kafka/security.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import { createDatabase, type Database } from '../postgres/database.ts';
import { type DatabaseLogin, rdsIam, secretPassword } from '../postgres/login.ts';
import { systemClock } from '../time/clock.ts';

/**
 * The connections that the functions of one process share. Each is created at its first use, and kept for later
 * invocations. None is closed, because Lambda freezes a process and ends it without notice.
 */

let sharedSecurity: KafkaSecurity | undefined;
let sharedProducer: Producer<TopicValues> | undefined;
let sharedDatabase: Database | undefined;
let sharedClusterCheck: ClusterCheck | undefined;
let sharedVerifier: TokenVerifier | undefined;
let sharedSigningSecret: (() => Promise<string>) | undefined;

export function producer(): Producer<TopicValues> {
  sharedProducer ??= createProducer<TopicValues>({
    ...kafka('orderly'),
    topicPrefix: config().kafkaPrefix,
  });
  return sharedProducer;
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
