import { type Config, readConfig } from '../lib/config/config.ts';
import { stackAddresses } from './local-stack.ts';
import { loadEnvironment, type Settings, setVariables } from './settings.ts';

/** Variables of a stage's functions that a tool uses besides the addresses of the servers. */
const stageVariables = [
  'KAFKA_AUTH',
  'KAFKA_PREFIX',
  'DATABASE_AUTH',
  'DATABASE_SECRET_ARN',
  'AWS_REGION',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
];

/**
 * Returns the Kafka and database that a tool works on, from the variables of a function. Default: the local stack.
 * @throws OrderlyError `invalid_configuration` that lists every problem together.
 */
export function loadToolConfig(settings: Settings): Config {
  const { brokers, databaseUrl } = stackAddresses(settings);
  const given = Object.entries(setVariables(loadEnvironment()));
  return readConfig({
    ...Object.fromEntries(given.filter(([name]) => stageVariables.includes(name))),
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: databaseUrl,
    // A tool does not serve the API, so it needs no settings for tokens.
    STAGE: 'local',
    AUTH: 'none',
  });
}
