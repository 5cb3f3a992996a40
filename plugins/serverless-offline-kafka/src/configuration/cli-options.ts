/** The options of the command line. They override the service file. */
const options = {
  kafkaBootstrapServers: {
    type: 'string',
    usage: 'Kafka brokers of every event source mapping: host:port, separated by commas.',
  },
  kafkaBatches: {
    type: 'string',
    usage: 'Whether a batch holds records of one partition (per-partition, the default) or several (mixed).',
  },
  kafkaAssumeProvisionedMode: {
    type: 'boolean',
    usage: 'Apply settings that need provisioned mode on AWS, such as retries, without provisioned mode too.',
  },
} as const;

/** Commands of the plugin. The framework adds these options to those of serverless-offline. */
export const offlineCommands = {
  offline: { options, commands: { start: { options } } },
};

/** The plugin's own command. Its hook is `kafka-lag:show`. */
export const lagCommands = {
  'kafka-lag': {
    usage: 'Shows how many records each local Kafka event source mapping has yet to process',
    lifecycleEvents: ['show'],
    options: { json: { usage: 'Prints JSON', type: 'boolean' } },
  },
} as const;

const names = {
  kafkaBootstrapServers: 'bootstrapServers',
  kafkaBatches: 'batches',
  kafkaAssumeProvisionedMode: 'assumeProvisionedMode',
} as const satisfies Record<keyof typeof options, string>;

/** Returns the options of the command line by their names in the service file, and the flag of each. */
export function givenOptions(cliOptions: Readonly<Record<string, unknown>>): {
  values: Readonly<Record<string, unknown>>;
  flags: Readonly<Record<string, string>>;
} {
  const given = Object.entries(names).filter(([flag]) => (cliOptions[flag] ?? undefined) !== undefined);
  return {
    values: Object.fromEntries(given.map(([flag, name]) => [name, cliOptions[flag]])),
    flags: Object.fromEntries(given.map(([flag, name]) => [name, `--${flag}`])),
  };
}
