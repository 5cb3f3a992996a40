import { stopSharedServers } from './servers-setup.ts';

/** After the integration tests, passed or failed. */
export default async function teardown(): Promise<void> {
  await stopSharedServers();
}
