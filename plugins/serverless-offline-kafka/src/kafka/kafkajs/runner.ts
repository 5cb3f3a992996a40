/** The members that this file uses of kafkajs' runner, the loop of a consumer. */
export interface Runner {
  readonly running: boolean;
  readonly fetchManager: { stop(): Promise<void> };
  fetch(nodeId: string): Promise<unknown[]>;
}

/**
 * Returns kafkajs' `fetch` without a defect. If the brokers of the cluster change while a consumer stops, kafkajs starts new
 * fetchers after it has stopped the others. They never end, and block the event loop of the process.
 */
export function fetchUntilStopped(fetch: Runner['fetch']): Runner['fetch'] {
  return function (this: Runner, nodeId): Promise<unknown[]> {
    if (!this.running) {
      void this.fetchManager.stop();
    }
    return fetch.call(this, nodeId);
  };
}
