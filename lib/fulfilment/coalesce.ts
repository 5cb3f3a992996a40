/**
 * Collects items while `work` is busy and passes them to `work` together afterwards: single items under low load,
 * large groups under high load. The returned promise settles with the work on the item's group. A failed group does
 * not stop the next one.
 */
export function coalesce<Item>(
  work: (items: readonly Item[]) => Promise<void>,
): (item: Item) => Promise<void> {
  let previous = Promise.resolve();
  let waiting: { readonly items: Item[]; readonly done: Promise<void> } | undefined;

  return (item) => {
    if (waiting === undefined) {
      const items: Item[] = [];
      const done = previous.then(() => {
        waiting = undefined;
        return work(items);
      });
      previous = done.catch(() => undefined);
      waiting = { items, done };
    }
    waiting.items.push(item);
    return waiting.done;
  };
}
