/** Data directory and ports of one Kafka node. */
export interface KafkaConfiguration {
  readonly dataDirectory: string;
  readonly port: number;
  /** The port of the node's own controller. */
  readonly controllerPort: number;
  /** A second listener, for clients behind a proxy. */
  readonly proxied?: ProxiedListener | undefined;
  /** Default: a cluster of this node only. */
  readonly membership?: ClusterMembership | undefined;
}

/** A node of a cluster of several nodes. Each is a broker and a controller. */
export interface ClusterMembership {
  readonly clusterId: string;
  /** From 1. */
  readonly nodeId: number;
  /** The controller ports of all nodes, in the order of their ids. */
  readonly controllerPorts: readonly number[];
  /** Settings of this cluster; they replace those of a single node. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

export interface ProxiedListener {
  /** The port that the proxy connects to. */
  readonly port: number;
  /** The proxy's port, which the node advertises to clients of this listener. */
  readonly advertisedPort: number;
}

/**
 * Returns the `server.properties` of one KRaft node on 127.0.0.1. It starts within a second and stays small: few internal
 * partitions, small buffers. The short broker session makes a killed node usable again after 3 s instead of 12. The stack
 * creates topics, clients never do.
 */
export function serverProperties({
  dataDirectory,
  port,
  controllerPort,
  proxied,
  membership,
}: KafkaConfiguration): string {
  const controllerPorts = membership?.controllerPorts ?? [controllerPort];
  return properties({
    'process.roles': 'broker,controller',
    'node.id': membership?.nodeId ?? 1,
    'controller.quorum.voters': controllerPorts
      .map((voterPort, index) => `${index + 1}@127.0.0.1:${voterPort}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: addresses({ PLAINTEXT: port, PROXIED: proxied?.port, CONTROLLER: controllerPort }),
    'advertised.listeners': addresses({ PLAINTEXT: port, PROXIED: proxied?.advertisedPort }),
    'log.dirs': dataDirectory,
    'broker.session.timeout.ms': 2_000,
    'broker.heartbeat.interval.ms': 500,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'auto.create.topics.enable': false,
    'log.retention.hours': 168,
    'offsets.topic.num.partitions': 5,
    'offsets.topic.replication.factor': 1,
    'transaction.state.log.num.partitions': 2,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    ...(controllerPorts.length > 1 && replicatedSettings),
    ...membership?.settings,
  });
}

/** As in a production cluster of three brokers: three replicas, two of which must store a record before its acknowledgement. */
const replicatedSettings = {
  'default.replication.factor': 3,
  'min.insync.replicas': 2,
  'offsets.topic.replication.factor': 3,
  'transaction.state.log.replication.factor': 3,
  'transaction.state.log.min.isr': 2,
  // a restarted node soon leads its partitions again; the default is 300 s
  'leader.imbalance.check.interval.seconds': 5,
};

/** Logs warnings and errors, one line each, to standard output, which goes to the log file. */
export const log4jProperties: string = properties({
  'rootLogger.level': 'WARN',
  'rootLogger.appenderRef.log.ref': 'LOG',
  'appender.log.type': 'Console',
  'appender.log.name': 'LOG',
  'appender.log.layout.type': 'PatternLayout',
  'appender.log.layout.pattern': '%d{ISO8601} %p %c{1} %m%n',
});

function addresses(ports: Readonly<Record<string, number | undefined>>): string {
  return Object.entries(ports)
    .flatMap(([name, port]) => (port === undefined ? [] : [`${name}://127.0.0.1:${port}`]))
    .join(',');
}

function properties(settings: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${escapeValue(String(value))}\n`)
    .join('');
}

/** Java reads `.properties` as Latin-1 with `\\uXXXX` for the rest; a backslash escapes. */
function escapeValue(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
