interface RecordPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | bigint;
}

/** Returns the first and the last offset of each partition, for logs: `orders-0:15-114 orders-2:7-7`. */
export function offsetRanges(positions: readonly RecordPosition[]): string {
  const ranges = new Map<string, { first: number | bigint; last: number | bigint }>();
  for (const { topic, partition, offset } of positions) {
    const name = `${topic}-${partition}`;
    const range = ranges.get(name) ?? { first: offset, last: offset };
    ranges.set(name, {
      first: offset < range.first ? offset : range.first,
      last: offset > range.last ? offset : range.last,
    });
  }
  return [...ranges].map(([name, { first, last }]) => `${name}:${first}-${last}`).join(' ');
}
