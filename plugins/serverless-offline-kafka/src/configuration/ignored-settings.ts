import type { MappingProperties } from './mapping-properties.ts';
import type { Problem } from './problem.ts';

/** Access types without effect: a mapping connects to a local broker directly, with a password or a certificate. */
const ACCESS_WITHOUT_EFFECT = /^(VPC_|IAM_|OAUTHBEARER_)/;

/** Returns one notice that lists the settings that have an effect on Lambda and none here. */
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
