import type net from 'node:net';
import { apiKeyOf, onRequest } from './request-bytes.ts';

/** More than a request takes, whatever it asks: kafkajs gives up its own after 10 s, and a fetch waits for less. */
const SILENCE_MS = 15_000;
/** A broker holds the answer back until all members have joined: a minute in kafkajs, which waits 5 s more. */
const JOIN_SILENCE_MS = 70_000;
const JOIN_GROUP = 11;

/** A connection, and when something was heard on it. */
interface Line {
  readonly socket: net.Socket;
  heardMs: number;
}

/**
 * Ends the connections to a broker that has not answered for long. kafkajs' request timeout ends the request but
 * not the connection, so that one which is half open (a laptop that slept, a container that was paused, a
 * firewall that forgot it) would be asked for ever. Each ends with an error, and kafkajs connects again.
 */
export class SilenceWatch {
  readonly #lines = new Map<string, Set<Line>>();

  watch(socket: net.Socket, broker: string): void {
    const lines = this.#lines.get(broker) ?? new Set();
    const line: Line = { socket, heardMs: performance.now() };
    this.#lines.set(broker, lines.add(line));
    let overdue: NodeJS.Timeout | undefined;
    const wait = (ms: number): void => {
      clearTimeout(overdue);
      const askedMs = performance.now();
      overdue = setTimeout(() => endSilent(lines, askedMs, ms), ms).unref();
    };

    onRequest(socket, (request) => {
      if (apiKeyOf(request) === JOIN_GROUP) {
        wait(JOIN_SILENCE_MS);
      } else if (overdue === undefined) {
        wait(SILENCE_MS);
      }
    });
    // taken for an answer to all that was asked: brokers answer in order, and kafkajs goes on asking
    socket.on('data', () => {
      line.heardMs = performance.now();
      clearTimeout(overdue);
      overdue = undefined;
    });
    socket.once('close', () => {
      clearTimeout(overdue);
      lines.delete(line);
    });
  }
}

/**
 * The others to the same broker on which nothing was heard either go with it: kafkajs would ask them one after
 * the other, and wait for each.
 */
function endSilent(lines: ReadonlySet<Line>, askedMs: number, silenceMs: number): void {
  for (const { socket, heardMs } of lines) {
    if (heardMs <= askedMs) {
      socket.destroy(new Error(`no answer within ${silenceMs / 1_000} s`));
    }
  }
}
