import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { ownSections } from './own-servers/own-sections.ts';
import { openPredecessor } from './predecessor/predecessor.ts';
import { assertCpuTimes } from './scale/cpu-time.ts';
import { runningSections } from './with-stack/running-sections.ts';

export type RunningName = keyof typeof runningSections;
export type OwnName = keyof typeof ownSections;

/** `partitions` takes an hour, and `scale-tables` measures nothing. */
const NOT_IN_ALL: readonly string[] = ['partitions', 'scale-tables'];

/**
 * Returns the measurements that the arguments name, each once: those of a running stack without an argument. `all` adds to the
 * other names.
 * @throws OrderlyError `local_stack` for an unknown name.
 */
export function chooseMeasurements(names: readonly string[]): (RunningName | OwnName)[] {
  const known = [...Object.keys(runningSections), ...Object.keys(ownSections)];
  const everything = known.filter((name) => !NOT_IN_ALL.includes(name));
  const given = names.length === 0 ? Object.keys(runningSections) : names;
  const chosen = new Set(given.flatMap((name) => (name === 'all' ? everything : [name])));
  return [...chosen].map((name) => {
    if (isRunning(name) || isOwn(name)) {
      return name;
    }
    throw new OrderlyError('local_stack', `There is no measurement "${name}": see --help.`);
  });
}

export const isRunning = (name: string): name is RunningName => Object.hasOwn(runningSections, name);

const isOwn = (name: string): name is OwnName => Object.hasOwn(ownSections, name);

/**
 * Checks the requirements of all chosen measurements, so that none of them fails after the others took minutes. Installs the
 * predecessor once.
 * @throws OrderlyError `local_stack` without Linux or without a suitable Python, if a measurement needs it.
 */
export async function assertPossible(
  chosen: readonly string[],
  { platform = process.platform, findPredecessor = openPredecessor as () => Promise<unknown> } = {},
): Promise<void> {
  if (chosen.includes('scale')) {
    assertCpuTimes(platform);
  }
  if (chosen.includes('beside')) {
    await findPredecessor();
  }
}
