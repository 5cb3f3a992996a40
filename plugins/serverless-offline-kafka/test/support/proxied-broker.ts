import { rmSync } from 'node:fs';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { startTcpProxy, type TcpProxy } from '../../../../test/slow/integrity/cluster/tcp-proxy.ts';
import { startBroker } from '../../../../test/support/start-broker.ts';
import { createTestState } from '../../../../test/support/test-state.ts';

export interface ProxiedBroker extends AsyncDisposable {
  readonly proxy: TcpProxy;
  /** host:port of the proxy. The broker advertises it to clients of the proxy. */
  readonly address: string;
  /** host:port of the broker, without the proxy. */
  readonly directAddress: string;
  /** host:port, without the proxy, of the listener that advertises the proxy. */
  readonly proxiedAddress: string;
}

/** Starts a broker behind a TCP proxy that can inject faults. */
export async function startProxiedBroker(): Promise<ProxiedBroker> {
  await using scope = new AsyncDisposableStack();
  const [port, proxiedPort] = [await freePort(), await freePort()];
  const proxy = scope.use(await startTcpProxy(proxiedPort));
  const stateDirectory = createTestState();
  scope.defer(() => rmSync(stateDirectory, { recursive: true, force: true }));
  scope.use(
    await startBroker({ stateDirectory, port, proxied: { port: proxiedPort, advertisedPort: proxy.port } }),
  );
  const held = scope.move();
  return {
    proxy,
    address: `${LOCAL_HOST}:${proxy.port}`,
    directAddress: `${LOCAL_HOST}:${port}`,
    proxiedAddress: `${LOCAL_HOST}:${proxiedPort}`,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
