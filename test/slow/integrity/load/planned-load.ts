import type { LoadOrder } from '../../../../ops/load/load-orders.ts';
import type { Compression } from './compression.ts';
import type { OddHeaders } from './odd-headers.ts';
import type { PoisonKind } from './poison.ts';

/** The requests of a run, in sending order. Plain data: the same seed gives the same plan. */
export interface LoadPlan {
  readonly requests: readonly PlannedRequest[];
  /** Every command of the requests, by its id. */
  readonly commands: ReadonlyMap<string, PlannedCommand>;
  readonly recreation: Recreation;
}

/** Sent after all other verdicts, while the topic is deleted and created again. */
export interface Recreation {
  /** Sent to the new topic, and stored. */
  readonly before: readonly PlannedRequest[];
  /** Sent while the topic is deleted and recreated. Some are lost with the topic. */
  readonly through: readonly PlannedRequest[];
  /** Sent when the topic exists again. All must be stored. */
  readonly after: readonly PlannedRequest[];
}

export type PlannedCommand = OrderCommand | CancelCommand | PlainCancelCommand | PoisonCommand;

/** `repeat`: the same order id and content again. `conflict`: the same id with other content. */
export interface OrderCommand {
  readonly id: string;
  readonly kind: 'create' | 'repeat' | 'conflict';
  readonly order: LoadOrder;
  /** Only for records of the plain producer. */
  readonly headers?: OddHeaders;
}

export interface CancelCommand {
  readonly id: string;
  readonly kind: 'cancel';
  readonly orderId: string;
}

/** A cancel by the plain producer, in one request with its order: before it or after it. */
export interface PlainCancelCommand {
  readonly id: string;
  readonly kind: 'plain cancel';
  readonly orderId: string;
  /** May be mistyped. */
  readonly eventType: string;
  readonly headers: OddHeaders;
}

export interface PoisonCommand {
  readonly id: string;
  readonly kind: 'poison';
  readonly poison: PoisonKind;
  /** The key of the record, unique. */
  readonly key: string;
}

/** Commands that are sent together, and sent again together until all are acknowledged. */
export type PlannedRequest =
  | {
      readonly route: 'single' | 'bulk';
      readonly commands: readonly OrderCommand[];
      readonly idempotencyKey: string | null;
    }
  | { readonly route: 'plain'; readonly commands: readonly PlainCommand[]; readonly compression: Compression }
  /** Sent once its order is acknowledged. */
  | {
      readonly route: 'cancel';
      readonly commands: readonly CancelCommand[];
      readonly idempotencyKey: string | null;
    };

/** A command of the plain producer. */
export type PlainCommand = OrderCommand | PlainCancelCommand | PoisonCommand;

/** Serializes all fields of an order that must be stored unchanged, for comparison. */
export const contentOf = ({
  customer_id,
  product_id,
  quantity,
  price,
  created_at,
}: OrderContentFields): string => JSON.stringify([customer_id, product_id, quantity, price, created_at]);

export type OrderContentFields = Omit<LoadOrder, 'order_id'>;
