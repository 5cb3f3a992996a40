import type { IntegrityRun } from './integrity-run.ts';

type Course = Pick<IntegrityRun, 'drains'> & {
  readonly faults: readonly Pick<IntegrityRun['faults'][number], 'what' | 'met' | 'recovered'>[];
};

/** Whatever the size of the run. */
const MOST_MISSED = 2;
const MOST_MISSED_SHARE = 0.2;

/** Why a run proves nothing, or not enough, though its verdicts found nothing; for people. Pure. */
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
      ? [`${missed.length} of ${faults.length} faults missed their moment, ${mostMissed} may`]
      : []),
  ];
}

/** Whether no fault came at its moment: what such a run finds, or does not, says nothing. Never of one without faults. */
export const missedAll = ({ faults }: Pick<Course, 'faults'>): boolean =>
  faults.length > 0 && faults.every(({ met }) => !met);
