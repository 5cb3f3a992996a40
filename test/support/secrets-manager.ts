import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { LOCAL_HOST } from '../../local/process/ports.ts';
import { forbid } from './log-record/log-record.ts';

/** A fake of Secrets Manager with one call: GetSecretValue. */
export interface SecretsManager extends AsyncDisposable {
  readonly endpoint: string;
  /** The existing secrets by ARN. */
  readonly secrets: Map<string, string>;
  /** The received requests. */
  readonly asked: IncomingMessage[];
  /** The status of its answers for existing secrets. */
  status: number;
  /** True if it accepts requests and never answers. */
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
    forbid('secret', SecretString ?? '');
    response.writeHead(status);
    response.end(JSON.stringify(status === 200 ? { SecretString } : { message: 'rejected' }));
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
