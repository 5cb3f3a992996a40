/**
 * The picture of the house: each room of `lib` and the rooms that it may import. A room imports only rooms above it in
 * this list, so no circle between rooms can exist. `npm run check` enforces the list.
 */
const rooms = {
  errors: [],
  time: [],
  'http-client': [],
  orders: ['errors', 'time'], // pure: no I/O
  aws: ['errors', 'time'],
  postgres: ['errors', 'time', 'aws'],
  config: ['errors', 'aws', 'postgres'],
  observability: ['errors', 'time', 'http-client', 'orders', 'aws', 'config'],
  'orders/sql': ['time', 'orders', 'postgres'],
  kafka: ['errors', 'time', 'orders', 'aws'],
  'schema-registry': ['errors', 'time', 'http-client', 'aws', 'observability', 'kafka'],
  audit: ['time', 'orders', 'postgres'],
  auth: ['errors', 'time', 'http-client', 'orders', 'config', 'observability'],
  'dead-letters': ['errors', 'time', 'orders', 'postgres', 'observability', 'orders/sql'],
  outbox: ['errors', 'time', 'orders', 'postgres', 'observability', 'orders/sql', 'kafka', 'dead-letters'],
  fulfilment: [
    'errors',
    'time',
    'orders',
    'aws',
    'postgres',
    'config',
    'observability',
    'orders/sql',
    'dead-letters',
    'outbox',
  ],
  idempotency: ['errors', 'orders', 'postgres', 'observability', 'kafka', 'auth'],
  processing: [
    'errors',
    'time',
    'orders',
    'postgres',
    'observability',
    'orders/sql',
    'audit',
    'dead-letters',
    'outbox',
    'fulfilment',
  ],
  waiting: ['time', 'orders', 'postgres', 'auth'],
  'rate-limits': ['time', 'postgres', 'observability'],
  retention: ['time', 'postgres', 'waiting', 'rate-limits'],
  runtime: [
    'time',
    'postgres',
    'config',
    'observability',
    'orders/sql',
    'kafka',
    'schema-registry',
    'auth',
    'dead-letters',
    'outbox',
    'fulfilment',
    'rate-limits',
  ],
  http: [
    'errors',
    'time',
    'orders',
    'postgres',
    'observability',
    'orders/sql',
    'auth',
    'idempotency',
    'waiting',
    'rate-limits',
    'runtime',
  ],
};

const order = Object.keys(rooms);
for (const [index, [name, allowed]] of Object.entries(rooms).entries()) {
  const later = allowed.find((other) => !order.slice(0, index).includes(other));
  if (later !== undefined) {
    throw new Error(`The picture of the rooms has a circle: ${name} names ${later}, which is not above it.`);
  }
}

/** The parts inside `lib/kafka`, by the same rule. */
const kafkaParts = {
  kafkajs: [],
  protocol: [],
  '[^/]+': ['kafkajs', 'protocol'], // client, security, errors
  producer: ['protocol', '[^/]+'],
  consumer: ['kafkajs', '[^/]+'],
  topics: ['kafkajs', '[^/]+'],
};

/** The folders that are built on `lib`, and their permitted imports besides `lib`. */
const floors = {
  functions: [],
  cli: [],
  contracts: ['cli'],
  observability: ['cli'],
  local: ['cli'],
  ops: ['cli', 'local', 'client'],
  deployment: ['cli', 'local', 'observability'],
  infrastructure: ['deployment'],
  plugins: [],
  reference: [],
};

/** @param {string} room */
const own = (room) => (room === 'orders' ? '^lib/orders/[^/]+$' : `^lib/${room}/`);
/** @param {string} name */
const part = (name) => (name.startsWith('[') ? `^lib/kafka/${name}$` : `^lib/kafka/${name}/`);

/**
 * @param {Readonly<Record<string, readonly string[]>>} table
 * @param {string} prefix
 * @param {(name: string) => string} pathOf
 * @param {string} inside
 * @returns {import('dependency-cruiser').IForbiddenRuleType[]}
 */
const oneWay = (table, prefix, pathOf, inside) =>
  Object.entries(table).map(([name, allowed]) => ({
    name: `${prefix}-${name.replaceAll('/', '-')}`,
    comment: `${name} may import ${allowed.join(', ') || 'nothing else'}.`,
    severity: 'error',
    from: { path: pathOf(name) },
    to: { path: inside, pathNot: [pathOf(name), ...allowed.map(pathOf)] },
  }));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-circular-files',
      comment: 'Two files that import each other are one file, or share a third.',
      severity: 'error',
      from: { pathNot: '^plugins/' },
      to: { circular: true },
    },
    {
      name: 'every-room-is-in-the-picture',
      comment: 'A new folder of lib needs a line in .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: '^lib/', pathNot: Object.keys(rooms).map(own) },
      to: {},
    },
    {
      name: 'lib-stands-alone',
      comment: 'lib imports nothing that is built on it.',
      severity: 'error',
      from: { path: '^lib/' },
      to: {
        path: '^(functions|cli|contracts|ops|local|deployment|infrastructure|bench|test|plugins|client|reference|observability)/',
      },
    },
    {
      name: 'client-stands-alone',
      comment: 'The client is published without the rest: it imports its own files only.',
      severity: 'error',
      from: { path: '^client/' },
      to: { pathNot: '^client/' },
    },
    ...oneWay(rooms, 'lib', own, '^lib/'),
    ...oneWay(kafkaParts, 'kafka', part, '^lib/kafka/'),
    ...oneWay(
      floors,
      'floor',
      (name) => `^${name}/`,
      '^(functions|cli|contracts|ops|local|deployment|infrastructure|bench|test|plugins|client|reference|observability)/',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/test/|/dist/|^plugins/.*/bench/' },
    tsPreCompilationDeps: true, // imports of types count
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.cjs', '.js'] },
  },
};
