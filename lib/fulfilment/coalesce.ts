/**
 * Gathers what comes in while `work` is busy, and hands it over together when that is done: single items when little
 * happens, large groups under load. What is returned resolves or rejects with the work on the item's group; a group that
 * failed does not keep the next from being worked on.
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
