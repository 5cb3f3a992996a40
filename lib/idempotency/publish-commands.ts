import { classifyError, type OrderlyError } from '../errors/orderly-error.ts';
import type { Acknowledgement } from '../kafka/producer/pending-message.ts';
import type { Producer } from '../kafka/producer/producer.ts';
import type { TopicValues } from '../kafka/topics/topics.ts';
import { observe } from '../observability/observe.ts';
import { currentTraceparent } from '../observability/traces/current-trace.ts';
import type { AcceptedCommand } from '../orders/accepted-command.ts';
import type { RecordHeaders } from '../orders/record-headers.ts';

/** The result of producing one command. */
export type PublishedCommand<Command extends AcceptedCommand = AcceptedCommand> =
  /** `at` is missing if an earlier request produced the command. */
  | { readonly command: Command; readonly acknowledged: true; readonly at?: Acknowledgement }
  /** With `kafka_unavailable`, the command may be stored. Producing it again is safe. */
  | { readonly command: Command; readonly acknowledged: false; readonly error: OrderlyError };

/**
 * Produces commands to `orders`, all at once. The key is the order id, so that the commands of an order stay in one
 * partition. Resolves when Kafka has acknowledged or rejected each command, or its deadline has passed. Returns the
 * results in the order of the commands.
 */
export function publishCommands<Command extends AcceptedCommand>(
  producer: Producer<TopicValues>,
  commands: readonly Command[],
): Promise<PublishedCommand<Command>[]> {
  return observe(
    'commands.produced',
    { type: commands[0]?.type, orderIds: commands.map(({ value }) => value.order_id) },
    () => {
      const traceparent = currentTraceparent();
      return Promise.all(commands.map((command) => publishCommand(producer, command, traceparent)));
    },
    (results) => {
      const failures = results.flatMap((result) => (result.acknowledged ? [] : result.error.code));
      return {
        acknowledged: results.length - failures.length,
        failure: failures[0],
      };
    },
  );
}

async function publishCommand<Command extends AcceptedCommand>(
  producer: Producer<TopicValues>,
  command: Command,
  traceparent: string | undefined,
): Promise<PublishedCommand<Command>> {
  const { value } = command;
  try {
    const headers = headersOf(command, traceparent);
    const at = await producer.send('orders', { key: value.order_id, value, headers });
    return { command, acknowledged: true, at };
  } catch (error) {
    return { command, acknowledged: false, error: classifyError(error) };
  }
}

/** A header is as expensive as the record itself, so the default event type and an unsampled trace have none. */
function headersOf({ type, eventId }: AcceptedCommand, traceparent: string | undefined): RecordHeaders {
  return {
    'event-id': eventId,
    ...(type !== 'order.created' && { 'event-type': type }),
    ...(traceparent !== undefined && { traceparent }),
  };
}
