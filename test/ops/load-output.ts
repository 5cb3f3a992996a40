import * as z from 'zod';

/** The result that `npm run load -- --json` prints. */
const latencies = z.object({
  count: z.number(),
  p50: z.number().positive(),
  p90: z.number().positive(),
  p99: z.number().positive(),
  max: z.number().positive(),
});
const loadResult = z.object({
  prefix: z.string(),
  bulk: z.number().nullable(),
  stopped: z.boolean(),
  sent: z.number(),
  acknowledged: z.number(),
  stored: z.number(),
  errors: z.record(z.string(), z.number()),
  post_ms: latencies,
  completed_ms: latencies,
  samples: z.array(z.object({ second: z.number(), lag: z.number().nullable() })),
  verdict: z.object({
    ok: z.boolean(),
    errors: z.number(),
    missing: z.array(z.string()),
    wrong: z.array(z.object({ order_id: z.string(), faults: z.array(z.string()) })),
    dead_letters: z.array(z.string()),
    not_compared: z.string().nullable(),
  }),
});

/** Parses the only line of a `--json` run that is not progress. */
export function resultIn(output: string): z.infer<typeof loadResult> {
  const json = output.split('\n').find((line) => line.startsWith('{'));
  return loadResult.parse(JSON.parse(json ?? output));
}

/** The verdict of a run without a fault. */
export const faultless = {
  ok: true,
  errors: 0,
  missing: [],
  wrong: [],
  dead_letters: [],
  not_compared: null,
};
