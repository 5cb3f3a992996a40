import { durationText } from './duration-text.ts';
import { type Fold, foldSiblings } from './fold-siblings.ts';
import type { SpanNode } from './span-tree.ts';
import type { TimeRange } from './time-scale.ts';
import type { Attribute, SpanLink, TraceSpan } from './trace-spans.ts';

/** A line with a bar. */
export interface TimedRow extends TimeRange {
  readonly kind: 'span' | 'fold' | 'wait';
  /** The lines of the tree. */
  readonly prefix: string;
  readonly text: string;
  readonly failed: boolean;
}

/** A line about the span above it. */
export interface NoteRow {
  readonly kind: 'error' | 'link' | 'detail';
  readonly prefix: string;
  readonly text: string;
}

export type WaterfallRow = TimedRow | NoteRow;

export interface RowOptions {
  /** Folds no siblings and no links. */
  readonly all: boolean;
  /** Folds the siblings of other orders. */
  readonly orderId?: string | undefined;
  /** Shows attributes and events. */
  readonly attributes: boolean;
  /** The limit of the tree's lines, so that a deep span has room for its name. */
  readonly maxPrefix: number;
  /** Returns the name of a linked span, if its trace is known. */
  readonly nameOf: (link: SpanLink) => string | undefined;
}

export const MISSING_PARENT = '⋯';
export const CYCLE = '↻';

const MAX_LINKS = 3;

/** Returns the lines of the trees in the order of a depth-first walk. Uses no recursion: a chain of spans can be long. */
export function waterfallRows(roots: readonly SpanNode[], options: RowOptions): WaterfallRow[] {
  const rows: WaterfallRow[] = [];
  const pending: Place[] = places(roots, undefined, options);
  for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
    const { item, prefix, below, parent } = place;
    if ('span' in item) {
      const { span, children } = item;
      const inner = places(children, { prefix: below, span }, options);
      rows.push(
        spanRow(item, prefix, parent),
        ...notes(span, `${below}${inner.length > 0 ? '│' : ' '}  `, options),
      );
      for (const child of inner) {
        pending.push(child);
      }
    } else {
      rows.push(foldRow(item, prefix));
    }
  }
  return rows;
}

interface Place {
  readonly item: SpanNode | Fold;
  readonly prefix: string;
  /** The lines of the tree beside the children of the item. */
  readonly below: string;
  readonly parent: TraceSpan | undefined;
}

/** Returns siblings with their prefixes, the last one first, because the walk takes them from the end. */
function places(
  siblings: readonly SpanNode[],
  parent: { readonly prefix: string; readonly span: TraceSpan } | undefined,
  { all, maxPrefix, orderId }: RowOptions,
): Place[] {
  const items = all ? siblings : foldSiblings(siblings, orderId);
  const placed = items.map((item, index): Place => {
    if (parent === undefined) {
      return { item, prefix: '', below: '', parent: undefined };
    }
    const isLast = index === items.length - 1;
    return {
      item,
      prefix: limited(`${parent.prefix}${isLast ? '└─ ' : '├─ '}`, maxPrefix),
      below: limited(`${parent.prefix}${isLast ? '   ' : '│  '}`, maxPrefix),
      parent: parent.span,
    };
  });
  return placed.reverse();
}

/** Returns the innermost part of a long prefix. */
const limited = (prefix: string, length: number): string =>
  prefix.length > length ? `…${prefix.slice(prefix.length - length + 1)}` : prefix;

function spanRow({ span, rootDespite }: SpanNode, prefix: string, parent: TraceSpan | undefined): TimedRow {
  const service = span.service === parent?.service ? '' : span.service;
  const origin = [span.kind, service].filter(Boolean).join(', ');
  const marks = [
    span.failed ? '✗' : '',
    rootDespite === 'missing_parent' ? MISSING_PARENT : '',
    rootDespite === 'cycle' ? CYCLE : '',
    span.name,
    origin && `(${origin})`,
  ];
  const { startMs, endMs, failed } = span;
  return { kind: 'span', prefix, text: marks.filter(Boolean).join(' '), startMs, endMs, failed };
}

function foldRow({ name, count, failed, below, startMs, endMs }: Fold, prefix: string): TimedRow {
  const details = [failed > 0 ? `${failed} failed` : '', below > 0 ? `${below} below them` : ''];
  const text = [`… ${count} more "${name}" spans`, ...details.filter(Boolean)].join(', ');
  return { kind: 'fold', prefix, text, startMs, endMs, failed: failed > 0 };
}

/** Returns the line of a time without a span, whose bar is shorter than its time. */
export const waitRow = (wait: TimeRange): TimedRow => ({
  ...wait,
  kind: 'wait',
  prefix: '',
  text: '┄ no span, not to scale',
  failed: false,
});

function notes(span: TraceSpan, prefix: string, { all, attributes, nameOf }: RowOptions): NoteRow[] {
  const links = all ? span.links : span.links.slice(0, MAX_LINKS);
  const hidden = span.links.length - links.length;
  return [
    ...(span.message ? [{ kind: 'error' as const, text: `✗ ${span.message}` }] : []),
    ...links.map((link) => ({ kind: 'link' as const, text: linkText(link, nameOf(link)) })),
    ...(hidden > 0 ? [{ kind: 'link' as const, text: `↳ … ${hidden} more links` }] : []),
    ...(attributes ? details(span).map((text) => ({ kind: 'detail' as const, text })) : []),
  ].map((note) => ({ ...note, prefix }));
}

const linkText = ({ traceId }: SpanLink, name: string | undefined): string =>
  `↳ linked to ${traceId}${name === undefined ? '' : ` ${name}`}`;

const details = (span: TraceSpan): string[] => [
  ...span.attributes.map(fieldText),
  ...span.events.flatMap(({ name, atMs, attributes }) => [
    `• ${name} after ${durationText(atMs - span.startMs)}`,
    ...attributes.map((attribute) => `  ${fieldText(attribute)}`),
  ]),
];

const fieldText = ({ key, value }: Attribute): string => `${key} = ${value}`;
