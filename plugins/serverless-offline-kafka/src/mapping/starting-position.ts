import { backoffMs, brokerBackoff, InterruptibleSleep } from '../delivery/backoff.ts';
import type { GroupMember } from '../kafka/group-member.ts';
import type { Offsets } from '../kafka/group-offsets.ts';

export interface StartingParts {
  readonly member: GroupMember;
  /** Newly assigned partitions. */
  readonly partitions: readonly number[];
  /** The starting offsets of partitions without a committed offset. If empty, they start at their beginning. */
  readonly starts: Offsets;
  readonly committed: () => Promise<Offsets>;
  readonly isAssigned: (partition: number) => boolean;
}

/** Kafka's symbolic offset for the first existing record. */
const EARLIEST = -2;

/**
 * Starts partitions at their committed offset, else at their starting offset. Commits a starting offset: with LATEST, a
 * restart before the first success would otherwise skip records. A partition that was added later starts at its beginning.
 * Nothing is read from a partition before its position is set.
 */
export async function startAtCommittedPosition(parts: StartingParts): Promise<void> {
  const { member, starts, isAssigned } = parts;
  const added = starts.size === 0 ? undefined : 0;
  const waiting = new Set(parts.partitions.filter(isAssigned));
  for (const partition of waiting) {
    member.pause(partition);
  }
  const pause = new InterruptibleSleep();
  for (let failures = 1; [...waiting].some(isAssigned); failures += 1) {
    try {
      const committed = await parts.committed();
      for (const partition of waiting) {
        const start = starts.get(partition) ?? added;
        if (isAssigned(partition) && start !== undefined && !committed.has(partition)) {
          await member.commit(partition, start);
        }
        if (isAssigned(partition)) {
          member.seek(partition, committed.get(partition) ?? start ?? EARLIEST);
          member.resume(partition);
        }
        waiting.delete(partition); // a retry for other partitions must not reset its position
      }
    } catch {
      await pause.sleep(backoffMs(brokerBackoff, failures));
    }
  }
}
