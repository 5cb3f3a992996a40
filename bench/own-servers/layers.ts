import type { Layer } from './layer-times.ts';

/** The layers of a request and of a batch. A file belongs to the first layer that matches. */
export const layers: readonly Layer[] = [
  { name: 'middleware', files: /^(lib\/http\/middleware|lib\/auth|node_modules\/@middy)\// },
  {
    name: 'validation',
    files: /^(node_modules\/zod\/|lib\/orders\/(fields|order-request)|lib\/http\/validate)/,
  },
  { name: 'reading the event', files: /^lib\/kafka\/event-records/ },
  { name: 'decoding records', files: /^lib\/orders\/(decode-command|order-record|framed-value|command)\./ },
  { name: 'deciding', files: /^(lib\/processing\/|lib\/orders\/(transition|fulfilment-rules))/ },
  { name: 'SQL', files: /^(node_modules\/pg|lib\/postgres\/|lib\/[a-z-]+\/sql\/)/ },
  { name: 'status events', files: /^lib\/outbox\// },
  { name: 'producer', files: /^lib\/kafka\/producer\// },
  { name: 'Kafka client', files: /^(lib\/kafka\/|node_modules\/kafkajs\/)/ },
  {
    name: 'log lines',
    files: /^(lib\/observability\/logs|node_modules\/@aws-lambda-powertools)\//,
  },
  { name: 'metrics', files: /^lib\/observability\/metrics\// },
  { name: 'flow events, traces', files: /^lib\/observability\// },
  { name: 'ids and commands', files: /^(lib\/(idempotency|orders|time)\/|node_modules\/uuid\/)/ },
  { name: 'HTTP: endpoint and answer', files: /^(lib\/http|functions)\// },
  { name: 'other modules', files: /^(lib|node_modules)\// },
];

/** The functions that call the handlers. */
export const outsideOfLayers = /^bench\//;
