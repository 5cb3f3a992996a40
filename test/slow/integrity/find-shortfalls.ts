import type { IntegrityRun } from './integrity-run.ts';

type Course = Pick<IntegrityRun, 'drains'> & {
  readonly faults: readonly Pick<IntegrityRun['faults'][number], 'what' | 'met' | 'recovered'>[];
};

/** Applies to runs of any size. */
const MOST_MISSED = 2;
const MOST_MISSED_SHARE = 0.2;

/** Lists, for people, why a run without violations still proves too little. Pure. */
export function findShortfalls(
  { drains, faults }: Course,
  mostMissed = Math.min(MOST_MISSED, Math.floor(faults.length * MOST_MISSED_SHARE)),
): string[] {
  const missed = faults.filter(({ met }) => !met);
  return [
    ...drains.flatMap(({ drained, waitingFor }, index) =>
      drained ? [] : [`not drained ${index === 0 ? 'after the load' : 'after redrive'}: ${waitingFor}`],
    ),
    ...faults.flatMap(({ recovered, what }) => (recovered ? [] : [`not recovered within a minute: ${what}`])),
    ...(missed.length > mostMissed
      ? [`${missed.length} of ${faults.length} faults missed their moment; at most ${mostMissed} may`]
      : []),
  ];
}

/** Returns whether every fault missed its moment, so that the verdicts say nothing. False for a run without faults. */
export const missedAll = ({ faults }: Pick<Course, 'faults'>): boolean =>
  faults.length > 0 && faults.every(({ met }) => !met);
