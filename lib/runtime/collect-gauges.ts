import type { Config } from '../config/config.ts';
import { orderFulfilment, orderProcessing, topics } from '../kafka/topics/topics.ts';
import type { Gauges } from '../observability/gauges.ts';
import { type OnUnread, readGauges } from '../observability/read-gauges.ts';
import { systemClock } from '../time/clock.ts';
import { database, kafka } from './connections.ts';
import { databaseGaugeReaders } from './database-gauges.ts';
import { groupGaugeReader } from './group-gauges.ts';

/**
 * What PostgreSQL and Kafka tell at this moment, as far as they do: a gauge that cannot be read is absent, and `onUnread`
 * is told why. Never rejects. Without a receiver nobody reads the status events, so the lag of that group says nothing.
 */
export async function collectGauges(
  { fulfilment, kafkaPrefix }: Pick<Config, 'fulfilment' | 'kafkaPrefix'>,
  onUnread: OnUnread,
): Promise<Gauges> {
  const groups = fulfilment ? [orderProcessing, orderFulfilment] : [orderProcessing];
  const ofGroup = async ({ group, topic }: (typeof groups)[number]) => {
    const place = { group: kafkaPrefix + group, topic: kafkaPrefix + topic };
    const on = { ...place, retentionMs: topics[topic].retentionMs };
    const reader = groupGaugeReader(kafka('orderly-gauges'), on, systemClock);
    return [group, await readGauges([reader], onUnread)] as const;
  };
  const [databaseValues, ...groupValues] = await Promise.all([
    readGauges(databaseGaugeReaders(database(), systemClock), onUnread),
    ...groups.map(ofGroup),
  ]);
  return { database: databaseValues, groups: Object.fromEntries(groupValues) };
}
