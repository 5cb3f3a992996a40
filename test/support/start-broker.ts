import { join } from 'node:path';
import type { ProxiedListener } from '../../local/kafka/kafka-configuration.ts';
import { startKafka } from '../../local/kafka/kafka-server.ts';
import { freePort, LOCAL_HOST } from '../../local/process/ports.ts';
import type { Server } from '../../local/process/server-process.ts';
import { kafkaId, prepareKafkaData } from './prepared-data.ts';
import { kafkaDistribution } from './test-state.ts';

/** A listener in addition to the plaintext one. */
export interface Listener {
  readonly port: number;
  /** Kafka's security protocol. */
  readonly protocol: string;
  /** Settings of this listener only, without the prefix. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

export interface BrokerOptions {
  readonly stateDirectory: string;
  /** Port of the plaintext listener. */
  readonly port: number;
  readonly proxied?: ProxiedListener | undefined;
  /** By name. */
  readonly listeners?: Readonly<Record<string, Listener>>;
  /** Broker settings that replace those of the local stack. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
  /** The node's membership in a cluster. Default: a single-node cluster. */
  readonly membership?: {
    readonly clusterId: string;
    readonly nodeId: number;
    readonly controllerPorts: readonly number[];
  };
  readonly formatArguments?: readonly string[];
  readonly javaFlags?: readonly string[] | undefined;
  /** Directories with additional classes. */
  readonly classes?: readonly string[];
  /** Ends a start that takes too long. */
  readonly signal?: AbortSignal | undefined;
}

/** Starts a Kafka node for tests. A second start with the same state directory finds the data of the first. */
export async function startBroker({
  listeners = {},
  settings = {},
  formatArguments = [],
  javaFlags = [],
  classes = [],
  membership,
  ...options
}: BrokerOptions): Promise<Server> {
  const distribution = await kafkaDistribution();
  const place = membership ?? { clusterId: kafkaId(), nodeId: 1, controllerPorts: [await freePort()] };
  await prepareKafkaData(options.stateDirectory, distribution, { ...place, formatArguments });
  const classPath = [join(distribution.directory, 'lib', '*'), ...classes].join(':');
  const controllerPort = place.controllerPorts[place.nodeId - 1] ?? Number.NaN;
  return startKafka({
    ...options,
    distribution,
    membership: {
      ...place,
      settings: {
        ...settings,
        ...(Object.keys(listeners).length > 0 && listenerSettings(listeners, options.port, controllerPort)),
      },
    },
    javaFlags: [...javaFlags, ...(classes.length > 0 ? ['-cp', classPath] : [])],
    startedBy: 'start',
  });
}

function listenerSettings(
  listeners: Readonly<Record<string, Listener>>,
  port: number,
  controllerPort: number,
): Record<string, string | number> {
  const all = Object.entries(listeners);
  const addresses = [
    `PLAINTEXT://${LOCAL_HOST}:${port}`,
    ...all.map(([name, listener]) => `${name}://${LOCAL_HOST}:${listener.port}`),
  ];
  const protocols = all.map(([name, { protocol }]) => `${name}:${protocol}`);
  return {
    listeners: [...addresses, `CONTROLLER://${LOCAL_HOST}:${controllerPort}`].join(','),
    'advertised.listeners': addresses.join(','),
    'listener.security.protocol.map': ['PLAINTEXT:PLAINTEXT', ...protocols, 'CONTROLLER:PLAINTEXT'].join(','),
    ...Object.fromEntries(
      all.flatMap(([name, { settings = {} }]) =>
        Object.entries(settings).map(([key, value]) => [`listener.name.${name.toLowerCase()}.${key}`, value]),
      ),
    ),
  };
}
