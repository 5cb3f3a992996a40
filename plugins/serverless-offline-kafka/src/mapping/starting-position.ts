import { backoffMs, brokerBackoff, InterruptibleSleep } from '../delivery/backoff.ts';
import type { GroupMember } from '../kafka/group-member.ts';
import type { Offsets } from '../kafka/group-offsets.ts';

export interface StartingParts {
  readonly member: GroupMember;
  /** Partitions that were just assigned. */
  readonly partitions: readonly number[];
  /** Where partitions begin that have no committed offset. Empty: at their beginning. */
  readonly starts: Offsets;
  readonly committed: () => Promise<Offsets>;
  readonly isAssigned: (partition: number) => boolean;
}

/** Kafka's own number for the first offset that a partition still has. */
const EARLIEST = -2;

/**
 * Lets partitions begin at what the group has committed, else at their starting position, and commits that:
 * with LATEST, a restart before the first success would otherwise skip what was written in between. One that has been
 * added since begins at its beginning. Nothing is read from the partitions until this is done.
 */
export async function beginAtCommittedPosition(parts: StartingParts): Promise<void> {
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
        waiting.delete(partition); // a further attempt, for others, would set it back
      }
    } catch {
      await pause.sleep(backoffMs(brokerBackoff, failures));
    }
  }
}
