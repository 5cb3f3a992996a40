import { subscribe } from 'node:diagnostics_channel';
import http from 'node:http';
import https from 'node:https';
import { hideFunctionErrors, markApiRequest } from './function-errors.ts';
import { guard, type Serve } from './guard.ts';
import { hideRoutes } from './hide-routes.ts';
import { HttpApi } from './http-api/http-api.ts';
import { keepHandlers } from './loaded-functions.ts';
import type { CliOptions, Log, Serverless } from './serverless.ts';

/**
 * The plugin: guards every HTTP or HTTPS server that serverless-offline starts (API, WebSockets, invocations), and serves the
 * API if the functions run in this process. serverless-offline has no hook for it, so the plugin detects the servers when
 * they start to listen.
 */
export default class LocalApi {
  readonly #serverless: Serverless;
  readonly #options: CliOptions;
  readonly #log: Log;
  #httpApi: HttpApi | undefined;
  #showOutput: (() => void) | undefined;

  readonly hooks: Readonly<Record<string, () => void | Promise<void>>> = {
    'before:offline:start:init': () => this.#start(),
    'after:offline:start:init': () => this.#showOutput?.(),
    // Before the hook of serverless-offline, which closes connections whose requests it does not know.
    'offline:start:end': () => this.#httpApi?.drain(),
  };

  constructor(serverless: Serverless, options: CliOptions, { log }: { readonly log: Log }) {
    this.#serverless = serverless;
    this.#options = options;
    this.#log = log;
  }

  async #start(): Promise<void> {
    this.#showOutput = hideRoutes();
    const { service } = this.#serverless;
    const options = { ...asRecord(service.custom?.['serverless-offline']), ...this.#options };
    if (options.useInProcess) {
      this.#httpApi = new HttpApi(service, await keepHandlers(), this.#log);
    }
    subscribe('tracing:net.server.listen:asyncStart', (message) => {
      const { server, options: address } = asRecord(message);
      if (server instanceof http.Server || server instanceof https.Server) {
        const isApi = `${asRecord(address).port}` === `${options.httpPort}`;
        guard(server, isApi ? this.#serve : undefined);
      }
    });
    await hideFunctionErrors(this.#log);
  }

  readonly #serve: Serve = (...exchange) => {
    if (this.#httpApi?.serve(...exchange)) {
      return true;
    }
    markApiRequest();
    return false;
  };
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
