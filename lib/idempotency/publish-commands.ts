import { classifyError, type OrderlyError } from '../errors/orderly-error.ts';
import type { Acknowledgement } from '../kafka/producer/pending-message.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import type { AcceptedCommand } from '../orders/accepted-command.ts';

/** What became of one command. */
export type Published<Command extends AcceptedCommand = AcceptedCommand> =
  /** `at` is missing when it was acknowledged by an earlier request. */
  | { readonly command: Command; readonly acknowledged: true; readonly at?: Acknowledgement }
  /** `kafka_unavailable`: it may be stored or not, and producing it again is safe. */
  | { readonly command: Command; readonly acknowledged: false; readonly error: OrderlyError };

/**
 * Produces commands to `orders`, all at once, keyed by their order's id, so that all commands of one order keep
 * their place in one partition. Resolves when Kafka has acknowledged or refused each, or its deadline has
 * passed; what became of each is in the answer, in the order of the commands.
 */
export function publishCommands<Command extends AcceptedCommand>(
  producer: Producer<TopicValues>,
  commands: readonly Command[],
): Promise<Published<Command>[]> {
  return Promise.all(
    commands.map(async (command): Promise<Published<Command>> => {
      try {
        const { value } = command;
        const at = await producer.send('orders', { key: value.order_id, value, headers: headersOf(command) });
        return { command, acknowledged: true, at };
      } catch (error) {
        return { command, acknowledged: false, error: classifyError(error) };
      }
    }),
  );
}

/** Headers cost as much as the record itself, so a create, which is the default, does not say so. */
function headersOf({ type, eventId }: AcceptedCommand): Record<string, string> {
  return type === 'order.created' ? { 'event-id': eventId } : { 'event-id': eventId, 'event-type': type };
}
