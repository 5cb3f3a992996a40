import kafkajs from 'kafkajs';
import { createKafkaClient } from '../lib/kafka/client.ts';
import { consumerGroups } from '../lib/kafka/topics.ts';
import { stackAddresses } from './local-stack.ts';
import { pollUntil } from './poll-until.ts';
import { LOCAL_HOST } from './ports.ts';
import type { Settings } from './settings.ts';

const REQUEST_TIMEOUT_MS = 3_000;
const INTERVAL_MS = 100;

/** A member of a consumer group, as far as readiness is concerned. */
export interface GroupMember {
  readonly clientId: string;
  /** Partitions by topic. */
  readonly assignment: Readonly<Record<string, readonly number[]>>;
}

export interface Readiness {
  readonly settings: Settings;
  /** The process that must hold the partitions. */
  readonly offlinePid: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Waits until orders can be sent and will be processed: the health check is good, and every event source
 * mapping holds all partitions of its topic. After a kill -9 that takes until Kafka has given up the dead
 * member, 6 s. Resolves to what is still missing when the time is over.
 */
export async function untilReady(readiness: Readiness): Promise<string | undefined> {
  const { settings, offlinePid, timeoutMs, signal } = readiness;
  const { brokers } = stackAddresses(settings);
  let missing: string | undefined;
  await pollUntil(
    async () => {
      missing = await findUnassigned(brokers, `serverless-offline-kafka-${offlinePid}`);
      if (missing === undefined && !(await isHealthy(settings.apiPort))) {
        missing = `GET http://${LOCAL_HOST}:${settings.apiPort}/api/health is not 200`;
      }
      return missing === undefined;
    },
    { intervalMs: INTERVAL_MS, timeoutMs, signal },
  );
  return missing;
}

/** Whether this client's members of a group have every one of a topic's partitions. */
export function holdsAllPartitions(
  members: readonly GroupMember[],
  { clientId, topic, partitions }: { clientId: string; topic: string; partitions: number },
): boolean {
  const held = members
    .filter((member) => member.clientId === clientId)
    .flatMap((member) => member.assignment[topic] ?? []);
  return partitions > 0 && new Set(held).size === partitions;
}

async function isHealthy(apiPort: number): Promise<boolean> {
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

async function findUnassigned(brokers: readonly string[], clientId: string): Promise<string | undefined> {
  const client = createKafkaClient({
    brokers,
    clientId: 'orderly-start',
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
  });
  try {
    const admin = client.kafka.admin();
    await admin.connect();
    // In this order: without retries kafkajs finds no group coordinator before it has asked for metadata.
    const metadata = await admin.fetchTopicMetadata({ topics: consumerGroups.map(({ topic }) => topic) });
    const { groups } = await admin.describeGroups(consumerGroups.map(({ group }) => group));
    const waiting = consumerGroups.find(({ group, topic }) => {
      const described = groups.find(({ groupId }) => groupId === group);
      const partitions = metadata.topics.find(({ name }) => name === topic)?.partitions.length ?? 0;
      return (
        described?.state !== 'Stable' ||
        !holdsAllPartitions(described.members.map(readMember), { clientId, topic, partitions })
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
