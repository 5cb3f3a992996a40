import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';

/** What a network does to those who trust it. */
export type TcpFault =
  /** Every piece, each way, comes this much later. */
  | { readonly kind: 'latency'; readonly ms: number }
  /** Connections that are open now carry nothing any more, and neither end is told; new ones work. */
  | { readonly kind: 'half-open' }
  /** The next answers, all or those with this text, are cut off in their middle, and their connections with them. */
  | { readonly kind: 'cut-answer'; readonly answers: number; readonly containing?: string };

export interface Disturbance {
  /** Whether nothing is left of it to come: all answers have been cut. */
  isOver(): boolean;
  /** To be cut, and not come yet. */
  answersLeft(): number;
  /** The server hears that half-open connections are gone; the client never does, and has to find out by itself. */
  end(): void;
}

export interface TcpProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections that are open through it. */
  connections(): number;
  /** One at a time. */
  begin(fault: TcpFault): Disturbance;
}

/** A connection through the proxy. */
interface Pair {
  readonly client: net.Socket;
  readonly server: net.Socket;
  /** Swallows everything from now on. */
  isLost: boolean;
}

/**
 * A TCP proxy to a server that can inject network faults, on a free port unless one is given. Without a fault it passes all
 * bytes on unchanged.
 */
export async function startTcpProxy(targetPort: number, listenPort?: number): Promise<TcpProxy> {
  const pairs = new Set<Pair>();
  let latencyMs = 0;
  let answersToCut = 0;
  let cutsThoseWith = '';

  const carry = async (pair: Pair, from: net.Socket, to: net.Socket): Promise<void> => {
    // the other way may go on when this one has ended
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

  /** With the end of one side the other ends too, unless nobody is to hear of it. */
  const carryToEnd = async (pair: Pair, from: net.Socket, to: net.Socket): Promise<void> => {
    await carry(pair, from, to).catch(() => undefined);
    if (!pair.isLost) {
      to.end();
    }
  };

  /** A side that breaks, or that is not there, breaks the other. */
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
