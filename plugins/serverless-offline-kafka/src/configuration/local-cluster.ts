import type { ClusterSettings, Security } from '../kafka/cluster-settings.ts';
import type { MappingProperties } from './mapping-properties.ts';
import { type MappingOptions, OPTIONS_KEY } from './options.ts';
import type { Problem, SettingPath } from './problem.ts';

const DEFAULT_SERVERS = 'localhost:9092';
const SERVERS = ['SelfManagedEventSource', 'Endpoints', 'KafkaBootstrapServers'];

/**
 * Returns the cluster that a mapping reads from locally: that of the options, else the mapping's own brokers if they are
 * local, else the default. So a local start does not read from a remote cluster unless an option names it.
 */
export function localCluster(
  { SelfManagedEventSource }: MappingProperties,
  { brokers, sessionTimeoutMs, security }: MappingOptions,
  accessSecurity: Security | undefined,
  settingPath: (property: SettingPath) => SettingPath,
): { cluster: ClusterSettings; notices: readonly Problem[] } {
  const given = SelfManagedEventSource?.Endpoints.KafkaBootstrapServers;
  const named = Array.isArray(given) ? given.filter((server) => typeof server === 'string') : [];
  const own = named.length > 0 && named.every(isLocal) ? named.join(',') : undefined;
  const servers =
    brokers ??
    (own === undefined ? undefined : { bootstrapServers: own, setBy: settingPath(SERVERS).join('.') });
  const bootstrapServers = servers?.bootstrapServers ?? DEFAULT_SERVERS;
  const isUnused =
    named.length > 0 && bootstrapServers !== named.join(',') && (own !== undefined || !servers);
  return {
    cluster: {
      bootstrapServers,
      ...(servers && { setBy: servers.setBy }),
      security: security ?? accessSecurity ?? {},
      sessionTimeoutMs,
    },
    notices: isUnused
      ? [
          {
            path: SERVERS,
            message: servers
              ? `${named.join(',')} is not used: ${servers.setBy} sets ${bootstrapServers}`
              : `${named.join(',')} is not on this machine, so ${bootstrapServers} is used; set bootstrapServers in custom.${OPTIONS_KEY} to change it`,
          },
        ]
      : [],
  };
}

const isLocal = (server: string): boolean =>
  /^(localhost|[\w.-]+\.localhost|127(\.\d{1,3}){3}|0\.0\.0\.0|\[?::1\]?):\d+$/i.test(server);
