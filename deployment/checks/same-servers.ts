import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import type { Target } from '../options.ts';
import { readStack } from '../stack/cloudformation.ts';
import type { PackagedFunction } from '../stack/package.ts';
import { setup, stackName } from '../stack/services.ts';

export interface PackagedStage {
  readonly target: Target;
  readonly clusterArn: string | undefined;
  /** One function of each package; all of a package have the same servers. */
  readonly prepared: PackagedFunction | undefined;
  readonly application: PackagedFunction | undefined;
}

/** Both packages must be about one database: migrations and rights would go to another one. */
export function assertOneDatabase({ prepared, application }: PackagedStage): void {
  const [migrated, used] = [prepared, application].map((fn) => databaseName(fn?.environment.DATABASE_URL));
  if (migrated !== undefined && used !== undefined && migrated !== used) {
    throw new OrderlyError(
      'deployment',
      `migrationDatabaseUrl names the database "${migrated}", and databaseUrl "${used}": both must name the same one.`,
    );
  }
}

/**
 * Whether the stage keeps its topics, its cluster and its database: with others it would leave behind what it has accepted.
 * @throws OrderlyError when it does not.
 */
export async function assertSameServers({ target, clusterArn, prepared }: PackagedStage): Promise<void> {
  const { outputs = new Map<string, string>() } =
    (await readStack(stackName(setup, target), target.region)) ?? {};
  const now: Readonly<Record<string, string | undefined>> = {
    ordersTopic: `${prepared?.environment.KAFKA_PREFIX ?? ''}orders`,
    kafkaClusterArn: clusterArn,
    migrationDatabaseUrl: textOf(prepared?.environment.DATABASE_URL),
  };
  const moved = Object.entries(now).filter(
    ([name, value]) => outputs.has(name) && value !== undefined && outputs.get(name) !== value,
  );
  if (moved.length > 0) {
    throw new OrderlyError(
      'deployment',
      [
        `The stage "${target.stage}" would go to other servers, and leave behind the orders that it has accepted:`,
        ...moved.map(([name, value]) => `  ${name} was ${outputs.get(name)}, and would be ${value}`),
        'Give the parameters of the last deployment (kafkaPrefix, kafkaClusterArn, migrationDatabaseUrl), best under params in the service files. If this is meant, add --new-servers.',
      ].join('\n'),
    );
  }
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const databaseName = (url: unknown): string | undefined => URL.parse(textOf(url) ?? '')?.pathname.slice(1);
