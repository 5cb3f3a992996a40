interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number | bigint;
}

/** `orders-0:15-114 orders-2:7-7`: where many records stand, the first and last of each partition. */
export function offsetRanges(places: readonly Place[]): string {
  const ranges = new Map<string, { first: number | bigint; last: number | bigint }>();
  for (const { topic, partition, offset } of places) {
    const place = `${topic}-${partition}`;
    const range = ranges.get(place) ?? { first: offset, last: offset };
    ranges.set(place, {
      first: offset < range.first ? offset : range.first,
      last: offset > range.last ? offset : range.last,
    });
  }
  return [...ranges].map(([place, { first, last }]) => `${place}:${first}-${last}`).join(' ');
}
