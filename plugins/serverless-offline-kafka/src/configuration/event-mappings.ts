import type { Service } from '../serverless.ts';
import type { DeclaredMapping } from './declared-mappings.ts';
import { droppedSettings, eventSetting, kafkaProperties, mskProperties } from './event-properties.ts';
import { type KafkaEvent, kafkaEvent, type MskEvent, mskEvent } from './event-settings.ts';
import { kafkaLogicalId, mskLogicalId } from './naming.ts';
import { type Problem, problemsOf, type SettingPath, under } from './problem.ts';

/** Returns the mappings of the `msk` and `kafka` events of all functions. */
export function eventMappings(service: Service): {
  mappings: readonly DeclaredMapping[];
  problems: readonly Problem[];
} {
  const mappings: DeclaredMapping[] = [];
  const problems: Problem[] = [];
  for (const { functionKey, kind, path, event } of kafkaEvents(service)) {
    const parsed = kind === 'msk' ? mskEvent.safeParse(event) : kafkaEvent.safeParse(event);
    if (!parsed.success) {
      problems.push(...under(path, problemsOf(parsed.error)));
      continue;
    }
    mappings.push({
      functionKey,
      ...mappingOf(functionKey, parsed.data),
      settingPath: (property) => [...path, ...eventSetting(kind, property)],
      dropped: droppedSettings(parsed.data).map((dropped) => ({
        ...dropped,
        setting: [...path, ...dropped.setting],
      })),
    });
  }
  return { mappings, problems };
}

interface LocatedEvent {
  readonly functionKey: string;
  readonly kind: 'msk' | 'kafka';
  readonly path: SettingPath;
  readonly event: unknown;
}

function kafkaEvents(service: Service): LocatedEvent[] {
  return service.getAllFunctions().flatMap((functionKey) =>
    (service.getFunction(functionKey).events ?? []).flatMap((event, index) =>
      (['msk', 'kafka'] as const)
        .filter((kind) => event?.[kind] !== undefined)
        .map((kind) => ({
          functionKey,
          kind,
          path: ['functions', functionKey, 'events', index, kind],
          event: event[kind],
        })),
    ),
  );
}

function mappingOf(
  functionKey: string,
  event: MskEvent | KafkaEvent,
): Pick<DeclaredMapping, 'logicalId' | 'properties'> {
  return 'arn' in event
    ? {
        logicalId: mskLogicalId(functionKey, clusterName(event.arn), event.topic),
        properties: mskProperties(event),
      }
    : { logicalId: kafkaLogicalId(functionKey, event.topic), properties: kafkaProperties(event) };
}

/** Returns the part of an ARN that osls uses in the logical id. */
function clusterName(arn: MskEvent['arn']): string {
  if (typeof arn === 'string') {
    return arn.split('/')[1] ?? '';
  }
  return 'Ref' in arn ? arn.Ref : arn['Fn::ImportValue'];
}
