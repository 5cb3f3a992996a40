import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { LOCAL_HOST } from '../../local/process/ports.ts';

/** Speaks the protocol of Secrets Manager, as far as one call of it: GetSecretValue. */
export interface SecretsManager extends AsyncDisposable {
  readonly endpoint: string;
  /** By ARN, the text of each secret that there is. */
  readonly secrets: Map<string, string>;
  /** What it was asked. */
  readonly asked: IncomingMessage[];
  /** The status of its answers, for those who ask for a secret that there is. */
  status: number;
  /** Whether it takes what it is asked and says nothing. */
  mute: boolean;
}

export async function startSecretsManager(): Promise<SecretsManager> {
  const server = createServer(async (request, response) => {
    manager.asked.push(request);
    const { SecretId } = JSON.parse(await text(request));
    const SecretString = manager.secrets.get(SecretId);
    if (manager.mute) {
      return;
    }
    const status = SecretString === undefined ? 400 : manager.status;
    response.writeHead(status);
    response.end(JSON.stringify(status === 200 ? { SecretString } : { message: 'refused' }));
  }).listen(0, LOCAL_HOST);
  await once(server, 'listening');
  const { port } = Object(server.address());
  const manager: SecretsManager = {
    endpoint: `http://${LOCAL_HOST}:${port}`,
    secrets: new Map(),
    asked: [],
    status: 200,
    mute: false,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return manager;
}
