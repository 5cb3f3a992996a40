import type net from 'node:net';
import { apiKeyOf, onRequest } from './request-bytes.ts';

export const BROKER_REQUIRES_TLS = 'BROKER_REQUIRES_TLS';
export const BROKER_REQUIRES_SASL = 'BROKER_REQUIRES_SASL';

const TLS_ALERT = [0x15, 0x03]; // the record type, and the first byte of the version
const API_VERSIONS = 18;

/**
 * Ends a connection with one of these error codes when the broker requires TLS or SASL and the client does not use it.
 * kafkajs sees only a closed connection, as at a restart:
 * - A TLS listener responds to plaintext with a TLS alert in plaintext.
 * - A SASL listener responds to ApiVersions and closes the connection at any other request.
 */
export function detectProtocolMismatch(
  socket: net.Socket,
  client: { readonly encrypted: boolean; readonly authenticates: boolean },
): void {
  if (!client.encrypted) {
    socket.once('data', (response: Uint8Array) => {
      if (TLS_ALERT.every((byte, index) => response[index] === byte)) {
        socket.destroy(withCode(BROKER_REQUIRES_TLS, 'the broker requires TLS'));
      }
    });
  }
  if (!client.authenticates) {
    const requested: (number | undefined)[] = [];
    let responses = 0;
    onRequest(socket, (request) => {
      if (requested.length < 3) {
        requested.push(apiKeyOf(request));
      }
    });
    socket.on('data', () => {
      responses += 1;
    });
    socket.once('end', () => {
      if (requested.length === 2 && requested[0] === API_VERSIONS && responses === 1) {
        // Synchronous, so that kafkajs gets the error before the end of the connection.
        socket.emit('error', withCode(BROKER_REQUIRES_SASL, 'the broker requires SASL'));
      }
    });
  }
}

const withCode = (code: string, message: string): Error => Object.assign(new Error(message), { code });
