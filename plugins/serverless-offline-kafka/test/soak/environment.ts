import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pollUntil } from '../../../../cli/poll-until.ts';
import type { Server } from '../../../../local/process/server-process.ts';
import { ownServers } from '../../../../test/support/own-servers.ts';
import type { Fault } from './fault.ts';
import { type Member, startMember } from './member.ts';
import type { Progress } from './progress.ts';

export interface EnvironmentPlan {
  readonly packageDirectory: string;
  readonly logFile: string;
  /** Environment variables of the function, besides the brokers and the number of the process. */
  readonly variables: NodeJS.ProcessEnv;
  /** The function works slowly while this file exists. */
  readonly slowFile: string;
}

/** A Kafka broker and the processes that read from it. Faults are injected here. */
export interface SoakEnvironment extends AsyncDisposable {
  /** host:port */
  readonly brokers: string;
  startFirst(): Promise<Member>;
  cause(fault: Fault, progress: Progress): Promise<void>;
  /** Stops the members. */
  close(): Promise<void>;
  /** @throws when a member has ended by itself */
  assertRunning(): void;
  /** The number of invocations that each kill of a process interrupted. */
  readonly interrupted: readonly number[];
  /** The exit codes of the stopped members. */
  readonly exitCodes: readonly (number | null)[];
}

const BROKER_DOWN_MS = 1_000;
const ALIVE_MS = 60_000;
const BUSY = { intervalMs: 2, timeoutMs: 120_000 };

export async function openEnvironment(plan: EnvironmentPlan): Promise<SoakEnvironment> {
  await using opening = new AsyncDisposableStack();
  const alive = setInterval(() => undefined, ALIVE_MS); // keeps this process alive until the broker has ended
  opening.defer(() => clearInterval(alive));
  const servers = opening.use(ownServers());
  let broker: Server = await servers.startKafka();
  const { port } = broker;
  const brokers = `127.0.0.1:${port}`;
  const serviceDirectory = join(plan.packageDirectory, 'test/soak/service');
  const interrupted: number[] = [];
  const exitCodes: (number | null)[] = [];
  let started = 0;
  let first: Member | undefined;
  let second: Member | undefined;

  const start = async (): Promise<Member> => {
    started += 1;
    const environment = {
      ...plan.variables,
      SOAK_SLOW_FILE: plan.slowFile,
      KAFKA_BROKERS: brokers,
      SOAK_PROCESS: `${started}`,
    };
    const member = await startMember({ serviceDirectory, logFile: plan.logFile, environment });
    scope.defer(() => member.kill());
    return member;
  };
  const leave = async (member: Member | undefined): Promise<void> => {
    if (member) {
      exitCodes.push(await member.interrupt());
    }
  };
  /** Slows the function down, so that records remain when the action ends, even on a busy machine. */
  const slowly = async (action: () => Promise<void>): Promise<void> => {
    writeFileSync(plan.slowFile, '');
    try {
      await action();
    } finally {
      rmSync(plan.slowFile);
    }
  };
  const cause = async ({ kind }: Fault, progress: Progress): Promise<void> => {
    switch (kind) {
      case 'kill broker':
        broker.kill();
        await broker.ended;
        await delay(BROKER_DOWN_MS);
        broker = await servers.startKafka(port);
        break;
      case 'kill process':
        await slowly(async () => {
          await pollUntil(() => progress.inFlight(first?.pid ?? 0) > 0, BUSY);
          await first?.kill();
        });
        interrupted.push(progress.inFlight(first?.pid ?? 0));
        first = await start();
        break;
      case 'second joins':
        await slowly(async () => {
          second = await start();
          await pollUntil(() => progress.inFlight(second?.pid ?? 0) > 0, BUSY);
        });
        break;
      case 'second leaves':
        await leave(second);
        second = undefined;
    }
  };
  const scope = opening.move();
  return {
    brokers,
    interrupted,
    exitCodes,
    cause,
    startFirst: async () => {
      first = await start();
      return first;
    },
    close: async () => {
      await Promise.all([leave(first), leave(second)]);
    },
    assertRunning: () => {
      if ([first, second].some((member) => member?.hasEnded())) {
        throw new Error(`A member has ended by itself: see ${plan.logFile}.`);
      }
    },
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}
