import { pollUntil } from '../cli/poll-until.ts';
import { createKafkaClient } from '../lib/kafka/client.ts';
import { kafkajs } from '../lib/kafka/kafkajs/patched-kafkajs.ts';
import { consumerGroups, orderFulfilment } from '../lib/kafka/topics/topics.ts';
import { stackAddresses } from './local-stack.ts';
import { LOCAL_HOST } from './process/ports.ts';
import type { Settings } from './settings.ts';

const REQUEST_TIMEOUT_MS = 3_000;
const INTERVAL_MS = 100;

/** The parts of a consumer group's member that readiness needs. */
export interface GroupMember {
  readonly clientId: string;
  /** Partitions by topic. */
  readonly assignment: Readonly<Record<string, readonly number[]>>;
}

export interface Readiness {
  readonly settings: Settings;
  /** The process whose members must hold the partitions. */
  readonly offlinePid: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until the health check is good and every event source mapping holds all partitions of its topic. After a kill -9
 * Kafka removes the dead member after 6 s. Resolves to the missing condition after the timeout.
 */
export async function waitUntilReady(readiness: Readiness): Promise<string | undefined> {
  const { settings, offlinePid, timeoutMs, signal } = readiness;
  const { brokers } = stackAddresses(settings);
  const groups = consumerGroups.filter((group) => settings.hasReceiver || group !== orderFulfilment);
  let missing: string | undefined;
  await pollUntil(
    async () => {
      missing = await findUnassigned(brokers, [offlinePid], groups);
      if (missing === undefined && !(await isHealthy(settings.apiPort))) {
        missing = `GET http://${LOCAL_HOST}:${settings.apiPort}/api/health is not 200`;
      }
      return missing === undefined;
    },
    { intervalMs: INTERVAL_MS, timeoutMs, signal },
  );
  return missing;
}

/** Returns whether the members of these clients together hold all partitions of a topic. */
export function holdsAllPartitions(
  members: readonly GroupMember[],
  { clientIds, topic, partitions }: { clientIds: readonly string[]; topic: string; partitions: number },
): boolean {
  const held = members
    .filter((member) => clientIds.includes(member.clientId))
    .flatMap((member) => member.assignment[topic] ?? []);
  return partitions > 0 && new Set(held).size === partitions;
}

/** Returns whether the health check on this port answers 200. */
export async function isHealthy(apiPort: number): Promise<boolean> {
  try {
    const response = await fetch(`http://${LOCAL_HOST}:${apiPort}/api/health`, {
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Describes a consumer group whose partitions these processes do not all hold; undefined if there is none. */
export async function findUnassigned(
  brokers: readonly string[],
  offlinePids: readonly number[],
  expected = consumerGroups,
): Promise<string | undefined> {
  const clientIds = offlinePids.map((pid) => `serverless-offline-kafka-${pid}`);
  const client = createKafkaClient({
    brokers,
    clientId: 'orderly-start',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    // The order matters: without retries, kafkajs finds the group coordinator only after a metadata request.
    const metadata = await admin.fetchTopicMetadata({ topics: expected.map(({ topic }) => topic) });
    const { groups } = await admin.describeGroups(expected.map(({ group }) => group));
    const waiting = expected.find(({ group, topic }) => {
      const described = groups.find(({ groupId }) => groupId === group);
      const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      return (
        described?.state !== 'Stable' ||
        !holdsAllPartitions(described.members.map(readMember), { clientIds, topic, partitions })
      );
    });
    return waiting && `consumer group ${waiting.group} does not hold all partitions of ${waiting.topic}`;
  } catch (error) {
    return `Kafka did not describe the consumer groups (${Error.isError(error) ? error.message : error})`;
  } finally {
    client.destroy();
  }
}

function readMember({ clientId, memberAssignment }: kafkajs.MemberDescription): GroupMember {
  const decoded =
    memberAssignment.length > 0 ? kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment) : null;
  return { clientId, assignment: decoded?.assignment ?? {} };
}
