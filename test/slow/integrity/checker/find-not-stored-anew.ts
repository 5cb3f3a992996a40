import { contentOf } from '../load/planned-load.ts';
import type { Evidence } from './evidence.ts';

/** Returns orders that were acknowledged after the topic was recreated and are not stored as they were sent. */
export const findNotStoredAnew = ({ plan, journal, rows }: Evidence): string[] =>
  plan.recreation.after.flatMap(({ commands }) =>
    commands.flatMap((command) => {
      if (!('order' in command) || !journal.acknowledged.has(command.id)) {
        return [];
      }
      const [row] = rows.get(command.id) ?? [];
      const isAsSent = row?.content === contentOf(command.order);
      return isAsSent ? [] : [`${command.id}: is ${row ? 'stored with other content' : 'not stored'}`];
    }),
  );
