import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Target } from '../../../deployment/options.ts';
import { readStack } from '../../../deployment/stack/cloudformation.ts';
import { application, stackName } from '../../../deployment/stack/services.ts';
import { freePort, LOCAL_HOST } from '../../../local/process/ports.ts';

export interface ApiAddress extends AsyncDisposable {
  readonly url: string;
}

/**
 * Opens an address for the stage's API that works before and after the deployment. The emulator distinguishes APIs by the name
 * of the host, `<id>.execute-api.localhost`, which not every system resolves.
 */
export async function openApiAddress(emulatorUrl: string, target: Target): Promise<ApiAddress> {
  const server = createServer((incoming, answer) => {
    forward(emulatorUrl, target, incoming, answer).catch((error: unknown) => {
      answer.destroy(Error.isError(error) ? error : undefined);
    });
  });
  const port = await freePort();
  await once(server.listen(port, LOCAL_HOST), 'listening');
  return {
    url: `http://${LOCAL_HOST}:${port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function forward(
  emulatorUrl: string,
  target: Target,
  incoming: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const stack = await readStack(stackName(application, target), target.region);
  const [apiId] = new URL(stack?.outputs.get('HttpApiUrl') ?? '').hostname.split('.');
  const { hostname, port } = new URL(emulatorUrl);
  const outgoing = request({
    hostname,
    port,
    method: incoming.method,
    path: incoming.url,
    headers: { ...incoming.headers, host: `${apiId}.execute-api.localhost:${port}` },
  });
  const answered = once(outgoing, 'response');
  await pipeline(incoming, outgoing);
  const [response] = (await answered) as [IncomingMessage];
  answer.writeHead(response.statusCode ?? 502, response.headers);
  await pipeline(response, answer);
}
