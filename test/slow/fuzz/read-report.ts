import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import * as z from 'zod';

/** The phases of a run in their order. */
export const phases = ['examples', 'coverage', 'fuzzing', 'stateful'] as const;

export type Phase = (typeof phases)[number];

/** What a run sent and received. A case is one generated request. */
export interface FuzzReport {
  readonly cases: Readonly<Record<Phase, number>>;
  /** Cases by operation, such as `GET /api/orders`. */
  readonly operations: Readonly<Record<string, number>>;
  /** Cases that were answered with 2xx. */
  readonly successful: number;
  /** Each check of a case that failed, and each case without an answer. */
  readonly findings: readonly string[];
  /** True if the run came to its end. */
  readonly complete: boolean;
}

/** The events of schemathesis that matter here; others are skipped. */
const reportLine = z.object({
  ScenarioFinished: z
    .object({
      phase: z.enum(phases),
      recorder: z.object({
        cases: z
          .record(z.string(), z.object({ value: z.object({ method: z.string(), path: z.string() }) }))
          .default({}),
        interactions: z
          .record(z.string(), z.object({ response: z.object({ status_code: z.int() }).optional() }))
          .default({}),
        checks: z.record(z.string(), z.array(z.object({ name: z.string(), status: z.string() }))).default({}),
      }),
    })
    .optional(),
  NonFatalError: z
    .object({ label: z.string(), value: z.object({ type: z.string(), message: z.string() }) })
    .optional(),
  FatalError: z.looseObject({}).optional(),
  EngineFinished: z.object({ stop_reason: z.string() }).optional(),
});

/** Reads a report in the format NDJSON of schemathesis. */
export async function readReport(file: string): Promise<FuzzReport> {
  const cases = { examples: 0, coverage: 0, fuzzing: 0, stateful: 0 };
  const operations: Record<string, number> = {};
  const findings: string[] = [];
  let successful = 0;
  let complete = false;

  for await (const line of createInterface(createReadStream(file))) {
    const { ScenarioFinished, NonFatalError, FatalError, EngineFinished } = reportLine.parse(
      JSON.parse(line),
    );
    if (ScenarioFinished) {
      const { phase, recorder } = ScenarioFinished;
      for (const [id, { response }] of Object.entries(recorder.interactions)) {
        const { method = '', path = '' } = recorder.cases[id]?.value ?? {};
        const operation = `${method} ${path}`;
        const failed = (recorder.checks[id] ?? []).filter(({ status }) => status === 'failure');
        cases[phase] += 1;
        operations[operation] = (operations[operation] ?? 0) + 1;
        successful += Number(response !== undefined && Math.floor(response.status_code / 100) === 2);
        findings.push(...failed.map(({ name }) => `${operation}: ${name} (${response?.status_code})`));
      }
    }
    if (NonFatalError) {
      findings.push(`${NonFatalError.label}: ${NonFatalError.value.type} ${NonFatalError.value.message}`);
    }
    if (FatalError) {
      findings.push(`schemathesis failed: ${JSON.stringify(FatalError)}`);
    }
    complete ||= EngineFinished?.stop_reason === 'completed';
  }
  return { cases, operations, successful, findings, complete };
}
