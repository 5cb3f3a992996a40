/**
 * What is measured once a minute: the names in CloudWatch, namespace `Orderly`, with their units. Alarms and the dashboard
 * name nothing else of this namespace, which a test keeps so; docs/operations.md says what each means.
 */

/** One value per stage, from PostgreSQL. */
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

/** One value per consumer group, from Kafka. */
export const groupGauges = {
  ConsumerLag: 'Count',
  ConsumerLagAge: 'Seconds',
  OldestWaitingOffset: 'None',
  CommittedOffsets: 'Count',
  EndOffsets: 'Count',
} as const;

export type DatabaseGauge = keyof typeof databaseGauges;
export type GroupGauge = keyof typeof groupGauges;

/** Values by name; one that could not be read is absent. */
export type Values<Name extends string> = Readonly<Partial<Record<Name, number>>>;

export interface Gauges {
  readonly database: Values<DatabaseGauge>;
  /** By the group's name without the stage's prefix. */
  readonly groups: Readonly<Record<string, Values<GroupGauge>>>;
}
