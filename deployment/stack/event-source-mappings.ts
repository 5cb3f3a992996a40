import { GetEventSourceMappingCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { StackResource } from './cloudformation.ts';

/** Returns the UUIDs of the event source mappings of a stack. */
export const mappingsIn = (resources: readonly StackResource[]): string[] =>
  resources
    .filter(({ type }) => type === 'AWS::Lambda::EventSourceMapping')
    .map(({ physicalId }) => physicalId);

/** Returns those of these mappings that still exist. */
export async function existingMappings(uuids: readonly string[], client: LambdaClient): Promise<string[]> {
  const found = await Promise.all(
    uuids.map((UUID) => unlessGone(client.send(new GetEventSourceMappingCommand({ UUID })))),
  );
  return found.flatMap((mapping) => mapping?.UUID ?? []);
}

/** Returns Lambda's answer, or undefined if the resource does not exist. */
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
