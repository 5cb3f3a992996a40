import { Session } from 'node:inspector/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { PROJECT_ROOT } from '../../local/settings.ts';
import { layerTimes } from './layer-times.ts';
import { layers, outsideOfLayers } from './layers.ts';
import type { ObservedAnswer } from './observed-process.ts';

/**
 * The child process of `observed-process.ts`. Calls a handler with many events, `concurrency` at a time, and answers with the
 * duration and, if it has profiled the calls, the CPU time of each layer. Its environment turns tracing on or off.
 */

const work = z.object({
  file: z.string(),
  events: z.array(z.unknown()),
  concurrency: z.int(),
  isProfiled: z.boolean(),
});

const REMAINING_MS = 60_000;
const SAMPLING_INTERVAL_US = 100;

process.on('message', async (message) => {
  const { file, events, concurrency, isProfiled } = work.parse(message);
  const { handler } = await import(join(PROJECT_ROOT, file));
  const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => REMAINING_MS };
  const waiting = events.values();
  const callAll = async (): Promise<void> => {
    for (const event of waiting) {
      const { statusCode = 202 } = (await handler(event, context)) ?? {};
      if (statusCode !== 202) {
        throw new Error(`${file} answered ${statusCode}`);
      }
    }
  };
  const stopProfile = isProfiled ? await startProfile() : undefined;
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, callAll));
  const ms = performance.now() - startedAt;
  process.send?.({ ms, layers: (await stopProfile?.()) ?? {} } satisfies ObservedAnswer);
});

/** Starts a profile. The returned function ends it, and returns the µs of each layer. */
async function startProfile(): Promise<() => Promise<Record<string, number>>> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_INTERVAL_US });
  await session.post('Profiler.start');
  return async () => {
    const { profile } = await session.post('Profiler.stop');
    session.disconnect();
    return Object.fromEntries(layerTimes(profile, `${PROJECT_ROOT}/`, layers, outsideOfLayers));
  };
}
