import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';

/** A network fault. */
export type TcpFault =
  /** Delays all data by `ms` in each direction. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Open connections lose all data, without notice to either end. New connections work. */
  | { readonly kind: 'half-open' }
  /** Cuts the next answers in the middle and closes their connections. `containing` selects answers by their text. */
  | { readonly kind: 'cut-answer'; readonly answers: number; readonly containing?: string };

export interface Disturbance {
  /** Returns whether all answers have been cut. */
  isOver(): boolean;
  /** Number of answers that are still to be cut. */
  answersLeft(): number;
  /** Closes the server side of half-open connections. The client gets no notice and must detect the loss by itself. */
  end(): void;
}

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Number of open connections through the proxy. */
  connections(): number;
  /** Number of connections that clients have opened since the start. */
  openedConnections(): number;
  /** Only one fault at a time. */
  begin(fault: TcpFault): Disturbance;
}

/** A connection through the proxy. */
interface Pair {
  readonly client: net.Socket;
  readonly server: net.Socket;
  /** Drops all data. */
  isLost: boolean;
}

/**
 * Starts a TCP proxy that can inject network faults, on a free port unless one is given. Without a fault it forwards
 * all bytes unchanged.
 */
export async function startTcpProxy(targetPort: number, listenPort?: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let opened = 0;
  let latencyMs = 0;
  let answersToCut = 0;
  let cutsThoseWith = '';

  const carry = async (pair: Pair, from: net.Socket, to: net.Socket): Promise<void> => {
    // one direction may stay open when the other has ended
    for await (const piece of from.iterator({ destroyOnReturn: false })) {
      if (latencyMs > 0) {
        await delay(latencyMs);
      }
      if (pair.isLost) {
        continue;
      }
      if (from === pair.server && answersToCut > 0 && piece.includes(cutsThoseWith)) {
        answersToCut -= 1;
        to.write(piece.subarray(0, Math.ceil(piece.length / 2)), () => close(pair));
        return;
      }
      if (!to.write(piece)) {
        await Promise.race([once(to, 'drain'), once(to, 'close')]);
      }
    }
  };

  /** Forwards one direction. Its end ends the other side too, except for a half-open connection. */
  const carryToEnd = async (pair: Pair, from: net.Socket, to: net.Socket): Promise<void> => {
    await carry(pair, from, to).catch(() => undefined);
    if (!pair.isLost) {
      to.end();
    }
  };

  /** An error of one side, or a failed connect, destroys the other side. */
  const watch = (pair: Pair, socket: net.Socket, other: net.Socket): void => {
    socket.on('error', () => pair.isLost || other.destroy());
    socket.once('close', () => other.destroyed && pairs.delete(pair));
  };

  const close = (pair: Pair): void => {
    pair.client.destroy();
    pair.server.destroy();
    pairs.delete(pair);
  };

  const listener = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const server = net.connect({ host: LOCAL_HOST, port: targetPort, noDelay: true, allowHalfOpen: true });
    const pair: Pair = { client, server, isLost: false };
    pairs.add(pair);
    opened += 1;
    watch(pair, client, server);
    watch(pair, server, client);
    void carryToEnd(pair, client, server);
    void carryToEnd(pair, server, client);
  });
  const port = listenPort ?? (await freePort());
  listener.listen(port, LOCAL_HOST);
  await once(listener, 'listening');

  return {
    port,
    connections: () => pairs.size,
    openedConnections: () => opened,
    begin: (fault) => {
      const lost = fault.kind === 'half-open' ? [...pairs] : [];
      for (const pair of lost) {
        pair.isLost = true;
      }
      latencyMs = fault.kind === 'latency' ? fault.ms : 0;
      answersToCut = fault.kind === 'cut-answer' ? fault.answers : 0;
      cutsThoseWith = (fault.kind === 'cut-answer' && fault.containing) || '';
      return {
        answersLeft: () => answersToCut,
        isOver: () => fault.kind === 'cut-answer' && answersToCut === 0,
        end: () => {
          latencyMs = 0;
          answersToCut = 0;
          for (const { server } of lost) {
            server.destroy();
          }
        },
      };
    },
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise((resolve) => listener.close(resolve));
      for (const pair of pairs) {
        close(pair);
      }
      await closed;
    },
  };
}
