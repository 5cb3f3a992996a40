import type { TraceSpan } from './trace-spans.ts';

export interface SpanNode {
  readonly span: TraceSpan;
  /** By start. */
  readonly children: SpanNode[];
  /** Why a span with a parent is a root: the parent is missing, or is a descendant of the span. */
  readonly rootDespite?: 'missing_parent' | 'cycle';
}

/** Returns the roots of one trace, by start. Each span is in exactly one tree, whatever its parent is. */
export function buildTrees(spans: readonly TraceSpan[]): SpanNode[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  const unique = [...byId.values()].sort((a, b) => a.startMs - b.startMs || (a.spanId < b.spanId ? -1 : 1));
  const childrenOf = Map.groupBy(unique, ({ parentSpanId }) => parentSpanId);
  const placed = new Set<string>();

  const grow = (root: SpanNode): SpanNode => {
    placed.add(root.span.spanId);
    const pending = [root];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      for (const span of childrenOf.get(node.span.spanId) ?? []) {
        if (!placed.has(span.spanId)) {
          placed.add(span.spanId);
          const child: SpanNode = { span, children: [] };
          node.children.push(child);
          pending.push(child);
        }
      }
    }
    return root;
  };

  const roots = unique
    .filter(({ parentSpanId }) => !byId.has(parentSpanId))
    .map((span) =>
      grow({ span, children: [], ...(span.parentSpanId !== '' && { rootDespite: 'missing_parent' }) }),
    );
  const cycles = unique.flatMap((span) =>
    placed.has(span.spanId) ? [] : [grow({ span, children: [], rootDespite: 'cycle' })],
  );
  return [...roots, ...cycles].sort((a, b) => a.span.startMs - b.span.startMs);
}
