import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { machineCpuMs, ownCpuMs, treeCpuMs } from '../../../bench/scale/cpu-time.ts';

const CPU_MS = 300;
const onLinux = process.platform === 'linux' ? test : test.skip;

function work(): void {
  const { user, system } = process.cpuUsage();
  while (process.cpuUsage().user + process.cpuUsage().system - user - system < CPU_MS * 1_000) {
    Math.random();
  }
}

onLinux('the time of a process and of its thread grows with its work', () => {
  const [before, own, machine] = [treeCpuMs(process.pid), ownCpuMs(), machineCpuMs()];

  work();

  expect(treeCpuMs(process.pid) - before).toBeGreaterThanOrEqual(CPU_MS * 0.9);
  expect(ownCpuMs().thread - own.thread).toBeGreaterThanOrEqual(CPU_MS * 0.5);
  expect(machineCpuMs() - machine).toBeGreaterThanOrEqual(CPU_MS * 0.9);
});

onLinux('the time of a process includes its children, also when they have ended', async () => {
  const before = treeCpuMs(process.pid);
  const script = `const { user } = process.cpuUsage(); while (process.cpuUsage().user - user < ${CPU_MS * 1_000});`;
  await once(spawn(process.execPath, ['-e', script]), 'close');

  expect(treeCpuMs(process.pid) - before).toBeGreaterThanOrEqual(CPU_MS * 0.9);
});
