import type { Service } from '../serverless.ts';
import { type DeclaredMapping, declaredMappings } from './declared-mappings.ts';
import type { MappingDefinition } from './mapping-definition.ts';
import { OPTIONS_KEY, type Options } from './options.ts';
import type { Problem } from './problem.ts';
import { type ReadMapping, readMapping } from './read-mapping.ts';
import { templateValues } from './template-values.ts';

export interface ReadMappings {
  /** The definitions of the enabled mappings. */
  readonly definitions: readonly MappingDefinition[];
  /** Each problem prevents the start. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Expected differences from AWS. */
  readonly notices: readonly Problem[];
}

/** Lambda's limit for the timeout of a function with a Kafka mapping. */
const MAXIMUM_TIMEOUT_SECONDS = 840;

/** Reads every Kafka mapping of a service. Disabled mappings are checked too. */
export function readMappings(service: Service, options: Options): ReadMappings {
  const values = templateValues(service);
  const declared = declaredMappings(service, values, options.properties);
  const read = declared.mappings.map((mapping) => readMapping(service, mapping, options, values));
  return {
    definitions: read.flatMap(({ properties, definition }) =>
      definition && properties?.Enabled ? [definition] : [],
    ),
    problems: [
      ...declared.problems,
      ...unknownMappings(declared.mappings, options.mappingIds),
      ...read.flatMap(({ problems }) => problems),
      ...sharedGroups(read),
      ...longTimeouts(service, [...new Set(declared.mappings.map(({ functionKey }) => functionKey))]),
    ],
    warnings: [
      ...declared.warnings,
      ...read.flatMap(({ warnings }) => warnings),
      ...unusedSecrets(read, Object.keys(options.secrets)),
    ],
    notices: [...declared.notices, ...read.flatMap(({ notices }) => notices)],
  };
}

function unknownMappings(mappings: readonly DeclaredMapping[], named: readonly string[]): Problem[] {
  const ids = mappings.map(({ logicalId }) => logicalId);
  return named
    .filter((id) => !ids.includes(id))
    .map((id) => ({
      path: ['custom', OPTIONS_KEY, 'mappings', id],
      message: `there is no such mapping; there ${ids.length === 1 ? 'is' : 'are'} ${ids.join(', ') || 'none'}`,
    }));
}

/** Lambda requires a separate consumer group for every mapping. */
function sharedGroups(read: readonly ReadMapping[]): Problem[] {
  const groups = read.map(({ definition }) => definition?.consumerGroupId);
  return read.flatMap(({ declared, definition }, index) => {
    const first = groups.indexOf(definition?.consumerGroupId);
    if (!definition || first === index) {
      return [];
    }
    const config = definition.eventSourceArn === undefined ? 'SelfManagedKafka' : 'AmazonManagedKafka';
    return [
      {
        path: declared.settingPath([`${config}EventSourceConfig`, 'ConsumerGroupId']),
        message:
          `${definition.consumerGroupId} is also the consumer group of ${read[first]?.declared.logicalId}, ` +
          'so each mapping would get only a part of the records',
      },
    ];
  });
}

function longTimeouts(service: Service, functionKeys: readonly string[]): Problem[] {
  return functionKeys.flatMap((functionKey) => {
    const own = service.getFunction(functionKey).timeout;
    const path = own === undefined ? ['provider', 'timeout'] : ['functions', functionKey, 'timeout'];
    return (own ?? service.provider.timeout ?? 0) > MAXIMUM_TIMEOUT_SECONDS
      ? [
          {
            path,
            message: `the timeout of a function with a Kafka mapping must be at most ${MAXIMUM_TIMEOUT_SECONDS} s`,
          },
        ]
      : [];
  });
}

/** A secret that no mapping names is probably misspelt. */
function unusedSecrets(read: readonly ReadMapping[], arns: readonly string[]): Problem[] {
  const named = read.flatMap(({ properties }) =>
    (properties?.SourceAccessConfigurations ?? []).map(({ URI }) => URI),
  );
  return read.some(({ properties }) => properties === undefined)
    ? []
    : arns
        .filter((arn) => !named.includes(arn))
        .map((arn) => ({
          path: ['custom', OPTIONS_KEY, 'secrets', arn],
          message: 'no mapping names this secret',
        }));
}
