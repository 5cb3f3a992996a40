import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { pollUntil } from '../../cli/poll-until.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** Lambda's own limit, and some time for the answer. */
const ANSWER_TIMEOUT_MS = 16 * 60_000;
/** A function in a VPC that nobody called for weeks loses its network interface, and needs a minute to get one. */
const WAKE_TIMEOUT_MS = 5 * 60_000;
const WAKE_INTERVAL_MS = 3_000;

/**
 * Invokes a function, waits for its answer, and gives that as it came.
 * @throws OrderlyError with the function's own message when it throws; AWS' error when it cannot be invoked.
 */
export async function invokeFunction(name: string, payload: unknown, region: string): Promise<unknown> {
  // Not again by itself when no answer comes: what was begun goes on.
  const client = new LambdaClient({
    region,
    maxAttempts: 1,
    requestHandler: { requestTimeout: ANSWER_TIMEOUT_MS, throwOnRequestTimeout: true }, // else it only warns
  });
  let answer: { text: string; failed: boolean } | undefined;
  await pollUntil(
    async () => {
      answer = await invokeOnce(client, name, payload);
      return answer !== undefined;
    },
    { intervalMs: WAKE_INTERVAL_MS, timeoutMs: WAKE_TIMEOUT_MS },
  );
  if (answer === undefined) {
    throw new OrderlyError('deployment', `${name} does not become ready; its state in Lambda says why.`);
  }
  const value: unknown = JSON.parse(answer.text || 'null');
  if (answer.failed) {
    throw new OrderlyError('deployment', messageOf(value) ?? `${name} failed: ${answer.text}`);
  }
  return value;
}

/** undefined: it is not ready yet. */
async function invokeOnce(
  client: LambdaClient,
  FunctionName: string,
  payload: unknown,
): Promise<{ text: string; failed: boolean } | undefined> {
  try {
    const { Payload, FunctionError } = await client.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify(payload)) }),
    );
    return { text: Payload?.transformToString() ?? '', failed: FunctionError !== undefined };
  } catch (error) {
    if (Error.isError(error) && notReady.has(error.name)) {
      return undefined;
    }
    throw error;
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html */
const notReady: ReadonlySet<string> = new Set(['ResourceConflictException', 'ResourceNotReadyException']);

/** What Lambda answers for a function that has thrown: `{errorType, errorMessage, trace}`. */
function messageOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'errorMessage' in value
    ? String(value.errorMessage)
    : undefined;
}
