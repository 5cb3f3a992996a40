import { stopSharedServers } from './servers-setup.ts';

/** Stops the shared servers after the integration tests, passed or failed. */
export default async function teardown(): Promise<void> {
  await stopSharedServers();
}
