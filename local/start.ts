import { once } from 'node:events';
import { type OptionValues, runCommand } from '../cli/command.ts';
import { createOutput, type Output } from '../cli/output.ts';
import { listenForStop } from '../cli/stop-request.ts';
import { OrderlyError } from '../lib/errors/orderly-error.ts';
import { startIssuer } from './issuer.ts';
import { openStack, shownDatabase, stackAddresses } from './local-stack.ts';
import { type Offline, startOffline, stopOrphan } from './offline.ts';
import { createLifecycle } from './process/lifecycle.ts';
import { assertPortFree, LOCAL_HOST } from './process/ports.ts';
import { holdState } from './process/state-lock.ts';
import { waitUntilReady } from './readiness.ts';
import { loadSettings, NO_TRACES, type Settings } from './settings.ts';
import { parseStartOptions, type StartOptions } from './start-options.ts';
import { startTraceServer } from './traces/trace-server.ts';

const help = `npm start [-- --window SECONDS]
  Runs Orderly on this machine: Kafka, PostgreSQL and the functions, until Ctrl-C.

  --window SECONDS   the seconds for which the event source collects orders before it invokes process-orders: a whole
                     number, 0 to 300. 0 invokes it at once. Default: half a second, as on Lambda

  Settings are environment variables or lines of .env: see .env.example.
`;

const READY_TIMEOUT_MS = 60_000;
/** Parts that run this long after the stop request are killed, so that everything has ended within 5 s. */
const STOP_TIMEOUT_MS = 4_000;

await runCommand({ help, options: ['window'], run: start });

async function start(_args: readonly string[], given: OptionValues): Promise<number> {
  const options = parseStartOptions(given);
  const output = createOutput(process.stdout);
  const settings = loadSettings();
  holdState(settings.stateDirectory, 'npm start');

  const lifecycle = createLifecycle();
  const stop = listenForStop(() => {
    lifecycle.kill();
    process.exit(130);
  });
  stop.signal.addEventListener('abort', () => {
    output.print('');
    output.step('Stopping …');
    setTimeout(() => {
      output.warn('Killed the processes that had not ended in time');
      lifecycle.kill();
      process.exit(0);
    }, STOP_TIMEOUT_MS);
  });

  let failure: unknown;
  try {
    await stopOrphan(settings.stateDirectory);
    await assertPortFree(settings.apiPort, 'the API', 'API_PORT');
    await assertPortFree(settings.websocketPort, 'the WebSocket API', 'WEBSOCKET_PORT');
    await assertPortFree(settings.lambdaPort, 'invoking functions', 'LAMBDA_PORT');
    if (settings.auth === 'local') {
      await assertPortFree(settings.issuerPort, 'the issuer of tokens', 'ISSUER_PORT');
      lifecycle.add(await startIssuer(settings));
    }
    if (settings.tracesEndpoint === undefined) {
      await assertPortFree(settings.tracesPort, 'the trace store', 'TRACES_PORT');
      lifecycle.add(await startTraceServer({ port: settings.tracesPort, onWarning: output.warn }));
    }
    await openStack({ settings, startedBy: 'start', output, lifecycle, signal: stop.signal });

    const offline = startOffline(settings, options);
    lifecycle.add(offline);
    await runUntilStopped(offline, { settings, options, output, signal: stop.signal });
  } catch (error) {
    failure = error;
  }
  await lifecycle.stop();
  if (!stop.signal.aborted) {
    throw failure;
  }
  output.step('Stopped');
  return 0;
}

/** Reports that everything is ready and waits for the stop request. Rejects if the functions end before. */
async function runUntilStopped(
  offline: Offline,
  {
    settings,
    options,
    output,
    signal,
  }: { settings: Settings; options: StartOptions; output: Output; signal: AbortSignal },
): Promise<void> {
  const stopRequested = once(signal, 'abort');
  const endedByItself = offline.ended.then((how) => {
    throw new OrderlyError(
      'local_stack',
      `The functions (serverless-offline) have ended with ${how}: see their last lines above.`,
    );
  });
  const ready = waitUntilReady({ settings, offlinePid: offline.pid, timeoutMs: READY_TIMEOUT_MS, signal });

  const missing = await Promise.race([ready, endedByItself]);
  if (missing !== undefined) {
    throw new OrderlyError('local_stack', `Not ready after ${READY_TIMEOUT_MS / 1000} s: ${missing}.`);
  }
  output.step('Orderly is ready');
  output.print(readyBlock(settings, options));
  await Promise.race([stopRequested, endedByItself]);
}

function shownTraces({ tracesEndpoint }: Settings): string {
  if (tracesEndpoint === undefined) {
    return 'npm run trace -- first-order';
  }
  return tracesEndpoint === NO_TRACES ? 'off' : new URL(tracesEndpoint).origin;
}

function readyBlock(settings: Settings, { windowSeconds }: StartOptions): string {
  const api = `http://${LOCAL_HOST}:${settings.apiPort}`;
  const { brokers } = stackAddresses(settings);
  const order =
    '{"order_id":"first-order","customer_id":"c-1","product_id":"p-1","quantity":2,"price":19.99}';
  const needsToken = settings.auth !== 'none';
  const authorization = needsToken ? ' -H "authorization: Bearer $TOKEN"' : '';
  const post = `curl -s ${api}/api/orders${authorization} -H 'content-type: application/json' -d '${order}'`;
  return `
  API         ${api}${needsToken ? ', with a token' : ''}
  Health      ${api}/api/health
  Reference   ${api}/docs
  Metrics     ${api}/api/metrics
  Kafka       ${brokers.join(',')}
  PostgreSQL  ${shownDatabase(settings)}
  State       ${settings.stateDirectory}
  Traces      ${shownTraces(settings)}${windowSeconds === undefined ? '' : `\n  Window      ${windowSeconds} s`}

  Send an order and read it:
${settings.auth === 'local' ? '  TOKEN=$(npm run --silent token)\n' : ''}  ${post} && echo && curl -s '${api}/api/orders/first-order?wait=5'${authorization}

  Stop with Ctrl-C. After that, "npm run reset" removes the data.
`;
}
