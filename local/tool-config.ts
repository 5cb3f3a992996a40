import { type Config, readConfig } from '../lib/config/config.ts';
import { stackAddresses } from './local-stack.ts';
import { loadEnvironment, type Settings, setVariables } from './settings.ts';

/** What a tool takes from the environment of a stage's functions, beside where the servers are. */
const stageVariables = [
  'KAFKA_AUTH',
  'KAFKA_PREFIX',
  'DATABASE_AUTH',
  'DATABASE_SECRET_ARN',
  'AWS_REGION',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
];

/**
 * Whose Kafka and database a tool works on, by the variables that tell a function; without a word the local stack's.
 * @throws OrderlyError `invalid_configuration` that lists every problem together.
 */
export function loadToolConfig(settings: Settings): Config {
  const { brokers, databaseUrl } = stackAddresses(settings);
  const said = Object.entries(setVariables(loadEnvironment()));
  return readConfig({
    ...Object.fromEntries(said.filter(([name]) => stageVariables.includes(name))),
    KAFKA_BROKERS: brokers.join(','),
    DATABASE_URL: databaseUrl,
    // A tool serves nobody, and needs no word on who may call the API.
    STAGE: 'local',
    AUTH: 'none',
  });
}
