import { GetEventSourceMappingCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { StackResource } from './stack.ts';

/** The UUIDs of the event source mappings of a stack. */
export const mappingsIn = (resources: readonly StackResource[]): string[] =>
  resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .map(({ physicalId }) => physicalId);

/** Which of these mappings are there still. */
export async function existingMappings(uuids: readonly string[], client: LambdaClient): Promise<string[]> {
  const found = await Promise.all(
    uuids.map((UUID) => unlessGone(client.send(new GetEventSourceMappingCommand({ UUID })))),
  );
  return found.flatMap((mapping) => mapping?.UUID ?? []);
}

/** Lambda's answer; undefined when it does not have what was asked for. */
export async function unlessGone<Result>(answer: Promise<Result>): Promise<Result | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (Error.isError(error) && error.name === 'ResourceNotFoundException') {
      return undefined;
    }
    throw error;
  }
}
