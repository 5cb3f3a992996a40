/**
 * The metrics of CloudWatch's namespace `Orderly`, with their units, measured once a minute. docs/operations.md describes
 * each one. A test checks that alarms and the dashboard use only these names.
 */

/** Gauges from PostgreSQL: one value per stage. */
export const databaseGauges = {
  OpenDeadLetters: 'Count',
  OutboxRows: 'Count',
  OutboxAge: 'Seconds',
  SetAsideOutboxRows: 'Count',
  DueAttempts: 'Count',
  DueAttemptsAge: 'Seconds',
  ProcessingOrders: 'Count',
  DatabaseConnections: 'Count',
  DatabaseConnectionsUsed: 'Percent',
} as const;

/** Gauges from Kafka: one value per consumer group. */
export const groupGauges = {
  ConsumerLag: 'Count',
  ConsumerLagAge: 'Seconds',
  OldestWaitingOffset: 'None',
  CommittedOffsets: 'Count',
  EndOffsets: 'Count',
} as const;

export type DatabaseGauge = keyof typeof databaseGauges;
export type GroupGauge = keyof typeof groupGauges;

/** Values by name. A gauge that could not be read is absent. */
export type Values<Name extends string> = Readonly<Partial<Record<Name, number>>>;

export interface Gauges {
  readonly database: Values<DatabaseGauge>;
  /** By the name of the consumer group, without the stage's prefix. */
  readonly groups: Readonly<Record<string, Values<GroupGauge>>>;
}

/** Reads several gauges together. */
export interface GaugeReader<Name extends string> {
  readonly names: readonly Name[];
  readonly read: () => Promise<Values<Name>>;
}

/** Receives the gauges that could not be read, and the error. */
export type OnUnread = (names: readonly string[], error: unknown) => void;

/**
 * Runs the readers one after another, because they share a connection. Passes the error of a failed reader to `onUnread`,
 * and continues with the next one. Never rejects.
 */
export async function readGauges<Name extends string>(
  readers: readonly GaugeReader<Name>[],
  onUnread: OnUnread,
): Promise<Values<Name>> {
  const values: Values<Name>[] = [];
  for (const { names, read } of readers) {
    try {
      values.push(await read());
    } catch (error) {
      onUnread(names, error);
    }
  }
  return Object.assign({}, ...values);
}
