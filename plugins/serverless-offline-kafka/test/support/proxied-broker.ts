import { rmSync } from 'node:fs';
import { freePort, LOCAL_HOST } from '../../../../local/process/ports.ts';
import { startTcpProxy, type TcpProxy } from '../../../../test/integrity/cluster/tcp-proxy.ts';
import { startBroker } from '../../../../test/support/start-broker.ts';
import { createTestState } from '../../../../test/support/test-state.ts';

export interface ProxiedBroker extends AsyncDisposable {
  readonly proxy: TcpProxy;
  /** host:port of the proxy, to which the broker sends those who come through it. */
  readonly address: string;
  /** host:port past the proxy. */
  readonly directAddress: string;
  /** host:port past the proxy, of the listener that advertises it. */
  readonly behindAddress: string;
}

/** A broker of its own behind a TCP proxy that can make trouble. */
export async function startProxiedBroker(): Promise<ProxiedBroker> {
  await using scope = new AsyncDisposableStack();
  const [port, behind] = [await freePort(), await freePort()];
  const proxy = scope.use(await startTcpProxy(behind));
  const stateDirectory = createTestState();
  scope.defer(() => rmSync(stateDirectory, { recursive: true, force: true }));
  scope.use(
    await startBroker({ stateDirectory, port, proxied: { port: behind, advertisedPort: proxy.port } }),
  );
  const held = scope.move();
  return {
    proxy,
    address: `${LOCAL_HOST}:${proxy.port}`,
    directAddress: `${LOCAL_HOST}:${port}`,
    behindAddress: `${LOCAL_HOST}:${behind}`,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
