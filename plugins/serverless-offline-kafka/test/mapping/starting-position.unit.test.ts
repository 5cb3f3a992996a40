import { expect, test } from '@jest/globals';
import type { GroupMember } from '../../src/kafka/group-member.ts';
import { startAtCommittedPosition } from '../../src/mapping/starting-position.ts';

/** A member whose group has committed `offsets`. `reject` has the number of failing commits per partition. */
function aMember(offsets = new Map<number, number>(), reject = new Map<number, number>()) {
  const steps: string[] = [];
  const member: GroupMember = {
    seek: (partition, offset) => void steps.push(`seek ${partition} to ${offset}`),
    pause: (partition) => void steps.push(`pause ${partition}`),
    resume: (partition) => void steps.push(`resume ${partition}`),
    commit: async (partition, nextOffset) => {
      const rejections = reject.get(partition) ?? 0;
      if (rejections > 0) {
        reject.set(partition, rejections - 1);
        throw new Error('rebalance in progress');
      }
      steps.push(`commit ${nextOffset} of ${partition}`);
      offsets.set(partition, nextOffset);
    },
    ended: new Promise(() => undefined),
    leave: async () => undefined,
  };
  return { member, steps, committed: async () => new Map(offsets) };
}

test('a started partition is unchanged when the commit of another partition fails', async () => {
  const { member, steps, committed } = aMember(new Map(), new Map([[1, 1]]));

  await startAtCommittedPosition({
    member,
    partitions: [0, 1],
    starts: new Map([
      [0, 5],
      [1, 7],
    ]),
    committed,
    isAssigned: () => true,
  });

  expect(steps.slice(2)).toEqual([
    'commit 5 of 0',
    'seek 0 to 5',
    'resume 0',
    'commit 7 of 1',
    'seek 1 to 7',
    'resume 1',
  ]);
});

test('nothing is committed for a partition that is revoked meanwhile', async () => {
  const ours = new Set([0, 1]);
  const { member, steps, committed } = aMember();

  await startAtCommittedPosition({
    member: {
      ...member,
      commit: async (partition, nextOffset) => {
        ours.delete(1);
        await member.commit(partition, nextOffset);
      },
    },
    partitions: [0, 1],
    starts: new Map([
      [0, 5],
      [1, 7],
    ]),
    committed,
    isAssigned: (partition) => ours.has(partition),
  });

  expect(steps.slice(2)).toEqual(['commit 5 of 0', 'seek 0 to 5', 'resume 0']);
});

test('a partition that was added later starts at its beginning, which a restart with LATEST would skip', async () => {
  const { member, steps, committed } = aMember(new Map([[0, 5]]));

  await startAtCommittedPosition({
    member,
    partitions: [0, 1],
    starts: new Map([[0, 3]]),
    committed,
    isAssigned: () => true,
  });

  expect(steps.slice(2)).toEqual(['seek 0 to 5', 'resume 0', 'commit 0 of 1', 'seek 1 to 0', 'resume 1']);
});
