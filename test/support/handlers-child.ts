import { createHook } from 'node:async_hooks';
import net from 'node:net';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ChildAnswer, ChildRequest } from './handler-process.ts';

/** The child process of `handler-process.ts`: runs handlers on request, and reports their pending work. */

const PROJECT_ROOT = join(import.meta.dirname, '../..');

/** Timers of idle connections, which do not count as pending work. */
const idleTimers = [/kafkajs\/src\/network\/requestQueue/, /BoundPool\._release .*pg-pool/];

const timers = new Map<number, string>();
createHook({
  init: (id, type) => {
    if (type === 'Timeout') {
      timers.set(id, new Error('a timer').stack ?? '');
    }
  },
  destroy: (id) => void timers.delete(id),
}).enable();

/** By connection, the number of bytes read before its last write. */
const readBefore = new Map<net.Socket, number>();
const write = net.Socket.prototype.write;
net.Socket.prototype.write = function (this: net.Socket, ...args: unknown[]): boolean {
  if (this.remotePort !== undefined) {
    readBefore.set(this, this.bytesRead);
  }
  return Reflect.apply(write, this, args);
};

const opened = new Set<net.Socket>();
const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]): net.Socket {
  opened.add(this);
  return Reflect.apply(connect, this, args);
};

const isUnanswered = ([socket, bytes]: [net.Socket, number]): boolean =>
  !socket.destroyed && socket.bytesRead === bytes;

/** Resources that this file tracks itself, because Node.js lists connections destroyed during connect for a while. */
const watchedHere = ['TCPSocketWrap', 'ConnectWrap', 'PipeWrap', 'Timeout'];

/** Returns the pending work, without idle sockets. */
function findPending(): string[] {
  const active = process.getActiveResourcesInfo().filter((resource) => !watchedHere.includes(resource));
  const ticking = [...timers.values()].filter((stack) => !idleTimers.some((idle) => idle.test(stack)));
  const connecting = [...opened].filter((socket) => socket.connecting && !socket.destroyed);
  const unanswered = [...readBefore].filter(isUnanswered);
  return [
    ...active,
    ...ticking.map((stack) => `timer ${stack}`),
    ...connecting.map(() => 'a connection that is not established yet'),
    ...unanswered.map(([socket]) => `no answer yet from port ${socket.remotePort}`),
  ];
}

async function invoke({ file, event, remainingMs }: ChildRequest): Promise<ChildAnswer> {
  const { handler } = await import(join(PROJECT_ROOT, file));
  const startedAt = performance.now();
  const endsAt = startedAt + remainingMs;
  const context = {
    awsRequestId: 'request-1',
    getRemainingTimeInMillis: () => Math.max(0, endsAt - performance.now()),
  };
  const outcome = await handler(event, context).then(
    (answer: unknown) => ({ answer }),
    (error: { code?: string; message: string }) => ({ threw: error.code ?? error.message }),
  );
  const ms = performance.now() - startedAt;
  await nextTurn();
  return { ...outcome, ms, pending: findPending() };
}

const systemNow = Date.now;

process.on('message', async (request: ChildRequest) => {
  if (request.clockAheadMs > 0) {
    Date.now = () => systemNow() + request.clockAheadMs;
  }
  process.send?.({ id: request.id, ...(await invoke(request)) });
});
