import { GetEventSourceMappingCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Output } from '../../cli/output.ts';
import { pollUntil } from '../../cli/poll-until.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';
import { unlessGone } from '../stack/event-source-mappings.ts';

/** The state of an event source mapping that Lambda reports. */
interface Seen {
  readonly state: string;
  /** "OK", "No records processed" or "PROBLEM: …" */
  readonly result: string;
  /** Since its state last changed. */
  readonly ageMs: number;
}

export interface MappingsToWaitFor {
  /** UUIDs of the enabled mappings. */
  readonly uuids: readonly string[];
  readonly region: string;
  /** How long they may take to poll. */
  readonly timeoutMs: number;
  readonly intervalMs: number;
  /**
   * How long a mapping must have been in its state. Lambda reports a new mapping as enabled before it has reached the
   * brokers, and reports problems later.
   */
  readonly settledMs: number;
}

/**
 * Waits until each mapping polls. Prints every change of the state that Lambda reports. A problem may be temporary, because
 * permissions of a new role take minutes to become effective: it is printed at once, and fails the deployment only after
 * the timeout.
 * @throws OrderlyError with Lambda's text.
 */
export async function waitForMappings(
  { uuids, region, timeoutMs, intervalMs, settledMs }: MappingsToWaitFor,
  output: Output,
): Promise<void> {
  const client = new LambdaClient({ region });
  for (const uuid of uuids) {
    let seen: Seen = { state: 'unknown', result: '', ageMs: 0 };
    let name = uuid;
    const isSettled = await pollUntil(
      async () => {
        const mapping = await unlessGone(client.send(new GetEventSourceMappingCommand({ UUID: uuid })));
        if (mapping === undefined) {
          throw new OrderlyError(
            'deployment',
            `The stack has the event source mapping ${uuid}, but Lambda does not: it was deleted by hand, or by a removal that was not finished. "Two releases at once" in docs/deployment.md says how to create it again.`,
          );
        }
        const before = textOf(seen);
        name = mapping.FunctionArn?.split(':').at(-1) ?? uuid;
        seen = {
          state: mapping.State ?? 'unknown',
          result: mapping.LastProcessingResult ?? '',
          ageMs: Date.now() - (mapping.LastModified?.getTime() ?? 0),
        };
        if (textOf(seen) !== before) {
          (isProblem(seen) ? output.warn : output.step)(`Mapping of ${name}: ${textOf(seen)}`);
        }
        return isPolling(seen) && seen.ageMs >= settledMs;
      },
      { intervalMs, timeoutMs },
    );
    if (!isSettled && !isPolling(seen)) {
      throw new OrderlyError(
        'deployment',
        `The event source mapping ${uuid} of ${name} does not read from Kafka after ${timeoutMs / 1_000} s: ${textOf(seen)}. Until it does, orders are accepted and wait in Kafka. What the text means: https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-troubleshoot.html`,
      );
    }
  }
}

const isProblem = ({ result }: Seen): boolean => result.startsWith('PROBLEM');

const isPolling = (seen: Seen): boolean => seen.state === 'Enabled' && !isProblem(seen);

const textOf = ({ state, result }: Seen): string => (result === '' ? state : `${state}, ${result}`);
