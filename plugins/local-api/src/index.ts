import { subscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import https from 'node:https';
import { guard } from './guard.ts';

/**
 * The plugin: guards every HTTP or HTTPS server that serverless-offline starts, for the API, for WebSockets and for invoking
 * functions. It has no hook into them, so they are found when they begin to listen.
 */
export default class LocalApi {
  readonly hooks: Readonly<Record<string, () => void>> = {
    'before:offline:start:init': () => subscribe('tracing:net.server.listen:asyncStart', guardListening),
  };
}

function guardListening(message: unknown): void {
  if (
    typeof message === 'object' &&
    message !== null &&
    'server' in message &&
    (message.server instanceof http.Server || message.server instanceof https.Server)
  ) {
    guard(message.server);
  }
}
