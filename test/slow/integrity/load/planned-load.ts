import type { LoadOrder } from '../../../../ops/load/load-orders.ts';
import type { Compression } from './compression.ts';
import type { OddHeaders } from './odd-headers.ts';
import type { PoisonKind } from './poison.ts';

/** What a run sends, in the order in which it begins to. Plain data: the same seed plans the same. */
export interface LoadPlan {
  readonly requests: readonly PlannedRequest[];
  /** Every command of the requests, by its id. */
  readonly commands: ReadonlyMap<string, PlannedCommand>;
  readonly recreation: Recreation;
}

/** Sent after all other verdicts, while the topic is deleted and created again. */
export interface Recreation {
  /** Sent to a young topic, and stored. */
  readonly before: readonly PlannedRequest[];
  /** Sent while the topic is deleted and created again: some are lost with it. */
  readonly through: readonly PlannedRequest[];
  /** Sent as soon as the topic exists again: all must be stored. */
  readonly after: readonly PlannedRequest[];
}

export type PlannedCommand = OrderCommand | CancelCommand | PlainCancelCommand | PoisonCommand;

/** `repeat`: an order id again, with the same content. `conflict`: again, with other content. */
export interface OrderCommand {
  readonly id: string;
  readonly kind: 'create' | 'repeat' | 'conflict';
  readonly order: LoadOrder;
  /** Of the plain producer's record. */
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
  /** Of the record; no other record has it. */
  readonly key: string;
}

/** What is sent together, and sent again together until all of it is acknowledged. */
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

/** What the plain producer sends. */
export type PlainCommand = OrderCommand | PlainCancelCommand | PoisonCommand;

/** Everything of an order that must arrive as it was sent, as one text to compare. */
export const contentOf = ({
  customer_id,
  product_id,
  quantity,
  price,
  created_at,
}: OrderContentFields): string => JSON.stringify([customer_id, product_id, quantity, price, created_at]);

export type OrderContentFields = Omit<LoadOrder, 'order_id'>;
