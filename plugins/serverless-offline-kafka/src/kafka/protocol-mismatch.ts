import type net from 'node:net';
import { apiKeyOf, onRequest } from './request-bytes.ts';

export const BROKER_REQUIRES_TLS = 'BROKER_REQUIRES_TLS';
export const BROKER_REQUIRES_SASL = 'BROKER_REQUIRES_SASL';

const TLS_ALERT = [0x15, 0x03]; // the type of the record, and the first part of its version
const API_VERSIONS = 18;

/**
 * Ends a connection with an error that has one of these codes when the broker expects TLS or SASL and the client
 * brings none. All that kafkajs sees is a connection that the broker closes, as it does when it is restarted:
 * - A listener with TLS answers what it takes for a damaged handshake with an alert, in plain.
 * - A listener with SASL answers which versions it speaks, and closes at the first request for anything else.
 */
export function detectProtocolMismatch(
  socket: net.Socket,
  client: { readonly encrypted: boolean; readonly authenticates: boolean },
): void {
  if (!client.encrypted) {
    socket.once('data', (answer: Uint8Array) => {
      if (TLS_ALERT.every((byte, index) => answer[index] === byte)) {
        socket.destroy(withCode(BROKER_REQUIRES_TLS, 'the broker speaks TLS'));
      }
    });
  }
  if (!client.authenticates) {
    const asked: (number | undefined)[] = [];
    let answers = 0;
    onRequest(socket, (request) => {
      if (asked.length < 3) {
        asked.push(apiKeyOf(request));
      }
    });
    socket.on('data', () => {
      answers += 1;
    });
    socket.once('end', () => {
      if (asked.length === 2 && asked[0] === API_VERSIONS && answers === 1) {
        // at once, so that kafkajs hears the reason before it hears the end
        socket.emit('error', withCode(BROKER_REQUIRES_SASL, 'the broker wants SASL'));
      }
    });
  }
}

const withCode = (code: string, message: string): Error => Object.assign(new Error(message), { code });
