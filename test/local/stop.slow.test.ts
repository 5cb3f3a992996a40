import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { pollUntil } from '../../cli/poll-until.ts';
import { beginStart, ENDED_MS, freeEnvironment, KILLED_MS, type RunningStart } from '../support/npm-start.ts';
import {
  createTestState,
  kafkaDistribution,
  linkDistribution,
  recorded,
  untilEnded,
} from '../support/test-state.ts';

/** All tests start and stop with one state directory, in this order. */
let orderly: RunningStart;

beforeAll(async () => {
  const stateDir = createTestState();
  linkDistribution(stateDir, await kafkaDistribution());
  orderly = beginStart(stateDir, await freeEnvironment(stateDir));
});
afterAll(async () => {
  await orderly?.stop();
});

const processes = () => Object.values(recorded(orderly.stateDir));

test('Ctrl-C during the start stops the servers, with exit code 0', async () => {
  await pollUntil(() => recorded(orderly.stateDir).postgres !== undefined, {
    intervalMs: 2,
    timeoutMs: 60_000,
  });
  const started = processes();

  const ended = await orderly.interrupt('SIGINT');

  expect(ended.exitCode).toBe(0);
  expect(ended.ms).toBeLessThan(ENDED_MS);
  expect(started.length).toBeGreaterThan(1);
  expect(await untilEnded([...started, ...processes()], KILLED_MS)).toBe(true);
});

test('a server that does not stop is killed, so that everything has ended within seconds', async () => {
  orderly = await orderly.startAgain();
  const started = processes();
  process.kill((await orderly.pids()).kafka, 'SIGSTOP');

  const ended = await orderly.interrupt('SIGTERM');

  expect(ended.exitCode).toBe(0);
  expect(ended.ms).toBeLessThan(ENDED_MS);
  expect(await untilEnded(started, KILLED_MS)).toBe(true);
});

test('a second Ctrl-C kills at once the processes that the first one waits for', async () => {
  orderly = await orderly.startAgain();
  const started = processes();
  process.kill((await orderly.pids()).kafka, 'SIGSTOP');

  const first = orderly.interrupt('SIGINT');
  await delay(1_000); // an earlier one would count as the same Ctrl-C
  const second = await orderly.interrupt('SIGINT');

  expect(second.exitCode).toBe(130);
  expect(second.ms).toBeLessThan(2_900); // the first one kills a second later
  expect((await first).exitCode).toBe(130);
  expect(await untilEnded(started, KILLED_MS)).toBe(true);
});
