import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { pollUntil } from '../../cli/poll-until.ts';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** Lambda's limit of 15 minutes, and a minute for the response. */
const ANSWER_TIMEOUT_MS = 16 * 60_000;
/** A function in a VPC loses its network interface after weeks without a call, and needs a minute to get a new one. */
const WAKE_TIMEOUT_MS = 5 * 60_000;
const WAKE_INTERVAL_MS = 3_000;

/**
 * Invokes a function, and returns its result.
 * @throws OrderlyError with the function's own message if it throws; the error of AWS if it cannot be invoked.
 */
export async function invokeFunction(name: string, payload: unknown, region: string): Promise<unknown> {
  // No automatic retry: without a response the invocation may still run.
  const client = new LambdaClient({
    region,
    maxAttempts: 1,
    requestHandler: { requestTimeout: ANSWER_TIMEOUT_MS, throwOnRequestTimeout: true }, // otherwise the client only warns
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
    throw new OrderlyError('deployment', `${name} does not become ready; see its state in Lambda.`);
  }
  const value: unknown = JSON.parse(answer.text || 'null');
  if (answer.failed) {
    throw new OrderlyError('deployment', messageOf(value) ?? `${name} failed: ${answer.text}`);
  }
  return value;
}

/** Returns undefined while the function is not ready. */
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

/** Lambda returns `{errorType, errorMessage, trace}` for a function that has thrown. */
function messageOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null && 'errorMessage' in value
    ? String(value.errorMessage)
    : undefined;
}
