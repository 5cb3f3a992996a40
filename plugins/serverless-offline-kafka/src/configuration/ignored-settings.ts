import type { MappingProperties } from './mapping-properties.ts';
import type { Problem } from './problem.ts';

/** Access types without effect here: a mapping connects to a local broker directly, with user names or certificates. */
const ACCESS_WITHOUT_EFFECT = /^(VPC_|IAM_|OAUTHBEARER_)/;

/** Returns one line that lists the settings of a mapping that Lambda honours and this plugin ignores. */
export function ignoredSettings(given: MappingProperties): Problem[] {
  const pollers = Object.entries(given.ProvisionedPollerConfig).filter(([, value]) => value !== undefined);
  const access = given.SourceAccessConfigurations.map(({ Type }) => Type).filter((type) =>
    ACCESS_WITHOUT_EFFECT.test(type),
  );
  const names = [
    ...(['KmsKeyArn', 'LoggingConfig', 'MetricsConfig', 'Tags'] as const).filter(
      (name) => given[name] !== undefined,
    ),
    ...pollers.map(([name]) => `ProvisionedPollerConfig.${name}`),
    ...new Set(access),
  ];
  return names.length === 0 ? [] : [{ path: [], message: `without effect here: ${names.join(', ')}` }];
}
