import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { SettingPath } from './problem.ts';

/**
 * Finds the lines of settings in a service file in YAML: a setting's own, or where it is missing the one of what it
 * should stand in. Undefined if the way to it leads out of this text, as with `${file(…)}`.
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
  /** How far the path was followed. */
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

/** osls merges a list of `functions` or `resources` into one object, the last winning. */
function inMergedList(found: readonly Found[], here: Found): Found {
  const depth = Math.max(here.depth, ...found.map((one) => one.depth));
  return found.findLast((one) => one.depth === depth && depth > here.depth) ?? { depth: here.depth };
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'range' in value;

const startOf = (node: unknown): number | undefined => (isNode(node) ? node.range?.[0] : undefined);
