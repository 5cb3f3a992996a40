import { subscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import https from 'node:https';
import { guard } from './guard.ts';

/**
 * The plugin: guards every HTTP or HTTPS server that serverless-offline starts (API, WebSockets, invocations).
 * serverless-offline has no hook for it, so the plugin detects the servers when they start to listen.
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
