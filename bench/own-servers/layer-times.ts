import type { Profiler } from 'node:inspector';

/** A part of the program: the files whose path, relative to the project, matches. */
export interface Layer {
  readonly name: string;
  readonly files: RegExp;
}

/** The layer of functions that no other layer called: the event loop, sockets and timers of Node. */
export const NODE = 'Node';
export const GARBAGE = 'garbage collection';

/**
 * Returns the CPU time of each layer of a profile, in µs. Each sample belongs to the innermost function of a layer on
 * the stack, so a layer includes the built-in functions that it calls. A file belongs to the first layer that matches. Functions
 * of `ignored`, such as those that call the handler, and idle time do not count.
 */
export function layerTimes(
  { nodes, samples = [], timeDeltas = [] }: Profiler.Profile,
  root: string,
  layers: readonly Layer[],
  ignored: RegExp,
): ReadonlyMap<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const layerOfFile = (url: string): string | undefined => {
    const path = url.slice(url.indexOf(root) + root.length);
    return ignored.test(path) ? '' : layers.find(({ files }) => files.test(path))?.name;
  };
  const layerOf = (id: number): string => {
    for (let current: number | undefined = id; current !== undefined; current = parents.get(current)) {
      const { functionName = '', url = '' } = byId.get(current)?.callFrame ?? {};
      if (functionName === '(idle)') {
        return '';
      }
      if (functionName === '(garbage collector)') {
        return GARBAGE;
      }
      const layer = url.includes(root) ? layerOfFile(url) : undefined;
      if (layer !== undefined) {
        return layer;
      }
    }
    return NODE;
  };
  const layerById = new Map(nodes.map(({ id }) => [id, layerOf(id)]));
  const times = new Map([...layers.map(({ name }) => name), NODE, GARBAGE].map((name) => [name, 0]));
  for (const [index, id] of samples.entries()) {
    const layer = layerById.get(id) ?? '';
    const time = times.get(layer);
    if (time !== undefined) {
      times.set(layer, time + (timeDeltas[index] ?? 0));
    }
  }
  return times;
}
