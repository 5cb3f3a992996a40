import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { SettingPath } from './problem.ts';

/**
 * Returns a function that finds the line of a setting in a YAML service file. For a missing setting it returns the line of the
 * closest parent. It returns undefined if the setting is in another file, as with `${file(…)}`.
 */
export function settingLocator(text: string): (path: SettingPath) => number | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent' });
  const resolve: Resolve = (node) => (isAlias(node) ? node.resolve(document) : node);
  return (path) => {
    const { offset } = deepest(document.contents, path, resolve);
    return offset === undefined ? undefined : lines.linePos(offset).line;
  };
}

interface Found {
  /** The number of path steps that were found. */
  readonly depth: number;
  readonly offset?: number;
}

type Resolve = (node: unknown) => unknown;

function deepest(aliased: unknown, path: SettingPath, resolve: Resolve, here: Found = { depth: 0 }): Found {
  const [step, ...rest] = path;
  const node = resolve(aliased);
  if (step === undefined || node === null) {
    return here;
  }
  const next = (child: unknown, at: unknown): Found => {
    const offset = startOf(at);
    return deepest(child, rest, resolve, { depth: here.depth + 1, ...(offset !== undefined && { offset }) });
  };
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair ? next(pair.value, pair.key) : here;
  }
  if (isSeq(node)) {
    if (typeof step === 'number') {
      return step in node.items ? next(node.items[step], node.items[step]) : here;
    }
    return inMergedList(
      node.items.map((item) => deepest(item, path, resolve, here)),
      here,
    );
  }
  return isScalar(node) && String(node.value).includes('${') ? { depth: here.depth } : here;
}

/** osls merges a list of `functions` or `resources` into one object. The last entry takes precedence. */
function inMergedList(found: readonly Found[], here: Found): Found {
  const depth = Math.max(here.depth, ...found.map((one) => one.depth));
  return found.findLast((one) => one.depth === depth && depth > here.depth) ?? { depth: here.depth };
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'range' in value;

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
