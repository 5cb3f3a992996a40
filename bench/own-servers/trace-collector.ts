import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LOCAL_HOST } from '../../local/process/ports.ts';

/** A collector that accepts every export and ignores the spans. Disposing closes it. */
export interface TraceCollector extends AsyncDisposable {
  readonly url: string;
  /** Returns the number of exports so far. */
  exports(): number;
}

export async function startTraceCollector(): Promise<TraceCollector> {
  let exports = 0;
  const server = createServer((request, response) => {
    exports += 1;
    request.resume().once('end', () => {
      response.setHeader('content-type', 'application/json').end('{"partialSuccess":{}}');
    });
  }).listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${LOCAL_HOST}:${port}`,
    exports: () => exports,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** The environment of a process that samples this share of new traces. */
export const tracedEnvironment = (
  { url }: TraceCollector,
  share: number,
): Readonly<Record<string, string>> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_TRACES_SAMPLER_ARG: `${share}`,
});
