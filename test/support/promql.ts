import { parser } from '@prometheus-io/lezer-promql';

/** A selector of a PromQL expression. */
export interface Selector {
  readonly metric: string;
  /** Names and values of the matchers for equality, by regular expression or not. */
  readonly matchers: readonly { readonly label: string; readonly value: string }[];
  /** The function whose argument it is, such as `rate`. */
  readonly call: string | undefined;
}

export interface ParsedPromql {
  readonly selectors: readonly Selector[];
  /** The labels of `by` and `on`. */
  readonly grouping: readonly string[];
}

/** Values for the variables of a dashboard, which Grafana replaces before Prometheus sees the expression. */
const variables = { $__rate_interval: '5m', $stage: 'local' };

/** Parses an expression with the grammar of Prometheus' own user interface. A syntax error throws. */
export function parsePromql(source: string): ParsedPromql {
  const text = Object.entries(variables).reduce(
    (expression, [name, value]) => expression.replaceAll(name, value),
    source,
  );
  const tree = parser.parse(text);
  const selectors: Selector[] = [];
  const grouping: string[] = [];
  tree.iterate({
    enter: (node) => {
      const at = (from: number, to: number): string => text.slice(from, to);
      if (node.type.isError) {
        throw new Error(`Syntax error at ${node.from} of: ${text}`);
      }
      if (node.name === 'GroupingLabels') {
        grouping.push(...node.node.getChildren('LabelName').map(({ from, to }) => at(from, to)));
      }
      if (node.name === 'VectorSelector') {
        const name = node.node.getChild('Identifier');
        const matchers = node.node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
        const call = callAround(node.node)?.getChild('FunctionIdentifier');
        selectors.push({
          metric: name === null ? '' : at(name.from, name.to),
          matchers: matchers.map(({ from, to }) => {
            const [label = '', value = ''] = at(from, to).split(/!~|=~|!=|=/);
            return { label, value: value.replace(/^"|"$/g, '') };
          }),
          call: call ? at(call.from, call.to) : undefined,
        });
      }
    },
  });
  return { selectors, grouping };
}

type SyntaxNode = NonNullable<ReturnType<ReturnType<typeof parser.parse>['topNode']['getChild']>>;

/** The innermost function call or aggregation around a node, if it is a call. */
function callAround(node: SyntaxNode): SyntaxNode | undefined {
  for (let around = node.parent; around !== null; around = around.parent) {
    if (around.name === 'FunctionCall') {
      return around;
    }
    if (around.name === 'AggregateExpr' || around.name === 'BinaryExpr') {
      return undefined;
    }
  }
  return undefined;
}
