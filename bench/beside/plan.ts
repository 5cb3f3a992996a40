/** The extent of a comparison. */
export interface Plan {
  /** Each round measures both sides. */
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly httpSeconds: number;
  readonly connections: readonly number[];
  /** The waiting orders. The other two numbers are for consumers that do more work per order. */
  readonly backlogOrders: number;
  readonly sameWorkOrders: number;
  readonly eachOrders: number;
  readonly messages: number;
  readonly latencySeconds: number;
}

/** Takes at most ten minutes on two cores. */
export const fullPlan: Plan = {
  rounds: 3,
  warmUpSeconds: 2,
  httpSeconds: 4,
  connections: [1, 10, 50],
  backlogOrders: 100_000,
  sameWorkOrders: 30_000,
  eachOrders: 5_000,
  messages: 20_000,
  latencySeconds: 10,
};
