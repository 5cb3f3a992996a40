import type { SpanNode } from './span-tree.ts';
import { type TimeRange, wholeTime } from './time-scale.ts';

/** Siblings with the same name that are printed as one line. */
export interface Fold extends TimeRange {
  readonly name: string;
  readonly count: number;
  readonly failed: number;
  /** Spans below them. */
  readonly below: number;
}

/** More siblings with the same name than this are folded. */
const FOLD_ABOVE = 20;
/** How many of them are printed: the first ten, and up to ten failed ones. */
const KEPT = 10;

/**
 * Returns the siblings. One fold replaces the surplus ones with the same name. If some belong to the given order, the surplus
 * ones are those of other orders: a bulk has up to 1,000.
 */
export function foldSiblings(siblings: readonly SpanNode[], orderId?: string): (SpanNode | Fold)[] {
  const isOfOrder = ({ span }: SpanNode): boolean => orderId !== undefined && span.orderIds.includes(orderId);
  const ofOtherOrders = (same: readonly SpanNode[]): readonly SpanNode[] =>
    same.filter((node) => node.span.orderIds.length > 0 && !isOfOrder(node));
  const surplusOf = siblings.some(isOfOrder) ? ofOtherOrders : beyondLimit;

  const folds = new Map<SpanNode, Fold | undefined>();
  for (const same of Map.groupBy(siblings, ({ span }) => span.name).values()) {
    const folded = surplusOf(same);
    for (const node of folded) {
      folds.set(node, node === folded[0] ? foldOf(folded) : undefined);
    }
  }
  return siblings
    .map((node) => (folds.has(node) ? folds.get(node) : node))
    .filter((item) => item !== undefined);
}

/** Returns the spans that are too many of one name. */
function beyondLimit(same: readonly SpanNode[]): readonly SpanNode[] {
  if (same.length <= FOLD_ABOVE) {
    return [];
  }
  const rest = same.slice(KEPT);
  const keptFailed = new Set(rest.filter(({ span }) => span.failed).slice(0, KEPT));
  return rest.filter((node) => !keptFailed.has(node));
}

function foldOf(nodes: readonly SpanNode[]): Fold {
  const spans = nodes.map(({ span }) => span);
  return {
    name: spans[0]?.name ?? '',
    count: spans.length,
    failed: spans.filter(({ failed }) => failed).length,
    below: countBelow(nodes),
    ...wholeTime(spans),
  };
}

function countBelow(nodes: readonly SpanNode[]): number {
  const pending = nodes.flatMap(({ children }) => children);
  let count = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    count += 1;
    for (const child of node.children) {
      pending.push(child);
    }
  }
  return count;
}
