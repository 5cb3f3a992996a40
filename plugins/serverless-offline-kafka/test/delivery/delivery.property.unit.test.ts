import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import type { Batches, MappingDefinition } from '../../src/configuration/mapping-definition.ts';
import { compileFilter } from '../../src/filter/record-filter.ts';
import { aDefinition } from '../support/a-definition.ts';
import { pass } from '../support/a-delivery.ts';
import { aRecord } from '../support/records.ts';
import { type Answer, Simulation } from '../support/simulation.ts';

const PARTITIONS = 3;
const MINUTE_MS = 60_000;

const partition = fc.nat(PARTITIONS - 1);
const answers: readonly Answer[] = ['succeeds', 'fails', 'does not run', 'is garbage', 'reports some'];

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('write' as const),
      partition,
      records: fc.array(fc.record({ passes: fc.boolean(), ageMs: fc.nat(2 * MINUTE_MS) }), { maxLength: 8 }),
      gap: fc.nat(2),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('answer' as const),
      pick: fc.nat(20),
      answer: fc.constantFrom(...answers),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('send' as const), isAccepted: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('take' as const), partition }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('bounce' as const), partition }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('assign' as const), partition }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('restart' as const),
      graceMs: fc.constantFrom(0, 1_200),
      isAnswered: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('commits' as const), rejected: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ type: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 50, 250, 5_000) }),
  },
);

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

const filters = [compileFilter('{"value":["passes"]}').filter];

const anyDefinition = (batches: Batches): fc.Arbitrary<MappingDefinition> =>
  fc
    .record({
      batchSize: fc.integer({ min: 1, max: 8 }),
      batchingWindowMs: fc.constantFrom(0, 50, 500),
      filters: fc.constantFrom([], filters),
      failures: fc.record({
        maximumRetries: fc.constantFrom(0, 1, 3, Number.POSITIVE_INFINITY),
        maximumRecordAgeMs: fc.constantFrom(MINUTE_MS, Number.POSITIVE_INFINITY),
        bisects: fc.boolean(),
        reportsItemFailures: fc.boolean(),
        partialResponse: fc.constantFrom('reported' as const, 'from-lowest' as const),
        backoff: fc.constant({ initialMs: 200, maximumMs: 1_000 }),
      }),
    })
    .map((settings) => aDefinition({ ...settings, batches }));

async function take(step: Step, simulation: Simulation): Promise<void> {
  switch (step.type) {
    case 'write': {
      const records = step.records.map(({ passes, ageMs }) =>
        aRecord(0, { timestampMs: Date.now() - ageMs, value: Buffer.from(passes ? 'passes' : 'no') }),
      );
      return simulation.write(step.partition, records, step.gap);
    }
    case 'answer':
      return simulation.answerInvocation(step.pick, step.answer);
    case 'send':
      return simulation.answerSend(step.isAccepted);
    case 'take':
      return simulation.take(step.partition);
    case 'bounce':
      simulation.take(step.partition);
      return simulation.assign(step.partition);
    case 'assign':
      return simulation.assign(step.partition);
    case 'restart':
      return simulation.restart(step.graceMs, step.isAnswered);
    case 'commits':
      simulation.areCommitsRejected = step.rejected;
      return undefined;
    case 'pass':
      return pass(step.ms);
  }
}

/** Ends all batches successfully until no record remains. */
async function finish(simulation: Simulation): Promise<void> {
  simulation.areCommitsRejected = false;
  for (let index = 0; index < PARTITIONS; index += 1) {
    simulation.assign(index);
  }
  for (let round = 0; round < 1_000 && !(simulation.isDone && simulation.isIdle); round += 1) {
    simulation.answerInvocation(0, 'succeeds');
    simulation.answerSend(true);
    await pass(2_000);
  }
}

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe.each(['per-partition', 'mixed'] as const)(
  'with any arrivals, failures and revocations (%s)',
  (batches) => {
    test('commits do not pass unsettled records, first deliveries are in order, and finally everything is settled', async () => {
      await fc.assert(
        fc.asyncProperty(
          anyDefinition(batches),
          fc.array(anyStep, { maxLength: 60, size: 'max' }),
          async (definition, steps) => {
            const simulation = new Simulation(definition, PARTITIONS);
            for (const step of steps) {
              await take(step, simulation);
            }
            await finish(simulation);
            await simulation.restart(0, false);
            jest.clearAllTimers();

            expect(simulation.violations).toEqual([]);
            expect(simulation.isDone).toBe(true);
          },
        ),
        { numRuns: 500 },
      );
    });
  },
);
