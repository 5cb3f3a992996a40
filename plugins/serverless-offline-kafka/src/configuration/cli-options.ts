/** The options of the command line, which win over the service file. */
const options = {
  kafkaBootstrapServers: {
    type: 'string',
    usage: 'Kafka brokers that every event source mapping reads from, host:port joined with commas.',
  },
  kafkaBatches: {
    type: 'string',
    usage: 'Whether a batch holds records of one partition (per-partition, the default) or several (mixed).',
  },
  kafkaAssumeProvisionedMode: {
    type: 'boolean',
    usage:
      'Honour retry settings and the like also where the mapping has no provisioned mode, as AWS would not.',
  },
} as const;

/** For the plugin's `commands`: the framework adds the options to those of serverless-offline. */
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

/** What was given on the command line, by the names of the service file's options, and the flag of each. */
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
