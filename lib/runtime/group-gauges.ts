import type { KafkaClientOptions } from '../kafka/client.ts';
import { type GroupOnTopic, readGroupLag } from '../kafka/group-lag.ts';
import type { GroupGauge } from '../observability/gauges.ts';
import type { GaugeReader } from '../observability/read-gauges.ts';
import type { Clock } from '../time/clock.ts';

/** How Kafka tells of the gauges of a consumer group. */
export function groupGaugeReader(
  connection: Pick<KafkaClientOptions, 'brokers' | 'clientId' | 'security'>,
  group: GroupOnTopic,
  clock: Clock,
): GaugeReader<GroupGauge> {
  return {
    of: ['ConsumerLag', 'ConsumerLagAge', 'OldestWaitingOffset', 'CommittedOffsets', 'EndOffsets'],
    read: async () => {
      const { records, ageMs, oldestOffset, committed, end } = await readGroupLag(connection, group, clock());
      return {
        ConsumerLag: records,
        ConsumerLagAge: ageMs / 1000,
        OldestWaitingOffset: oldestOffset,
        CommittedOffsets: committed,
        EndOffsets: end,
      };
    },
  };
}
