import { consumerGroups, topics } from '../../lib/kafka/topics/topics.ts';
import { databaseGauges, groupGauges } from '../../lib/observability/gauges.ts';

/** Functions get 1,024 MB, the framework's default. */
export const FUNCTION_GB = 1;

/** Cores of one Aurora capacity unit: an r6g.large has 2, and the memory of 8 units. */
export const CORES_PER_ACU = 0.25;

/** How many days Kafka keeps an order and its status event. */
export const DAYS_IN_KAFKA = topics.orders.retentionMs / 86_400_000;

/** The resources of `infrastructure/`. A test compares both stages with its templates. */
export interface Stage {
  readonly brokers: number;
  readonly brokerGb: number;
  readonly natGateways: number;
  readonly databases: number;
  readonly minimumAcu: number;
  /** CloudWatch bills an alarm per metric. */
  readonly alarmMetrics: number;
}

export const productionStage: Stage = {
  brokers: 3,
  brokerGb: 100,
  natGateways: 3,
  databases: 2,
  minimumAcu: 2,
  alarmMetrics: 20,
};
export const testStage: Stage = {
  brokers: 2,
  brokerGb: 100,
  natGateways: 1,
  databases: 1,
  minimumAcu: 0.5,
  alarmMetrics: 15,
};

/** The volumes of brokers grow above this share, as `infrastructure/` configures. */
export const DISKS_FULL_AT = 0.6;

/** The maximum number of alarms of one stage's application as CloudWatch bills them: one per metric of each alarm. */
export const ALARMS = 53;

/** The maximum number of custom metrics of one stage. */
export const METRICS =
  Object.keys(databaseGauges).length + consumerGroups.length * Object.keys(groupGauges).length;
