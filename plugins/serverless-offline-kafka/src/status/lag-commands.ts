/** What the plugin adds to the framework's commands; its hook is `kafka-lag:show`. */
export const lagCommands = {
  'kafka-lag': {
    usage: 'Shows how many records each local Kafka event source mapping has yet to process',
    lifecycleEvents: ['show'],
    options: { json: { usage: 'Prints JSON', type: 'boolean' } },
  },
} as const;
