import { expect, test } from '@jest/globals';
import { dockerPayload } from '../../src/invocation/docker-answer.ts';

test('what a function answers in Docker is its payload; nothing is null', () => {
  expect(dockerPayload({ batchItemFailures: [] })).toEqual({ batchItemFailures: [] });
  expect(dockerPayload(undefined)).toBeNull();
});

test('an error that the emulator in the image reports as an answer is an error', () => {
  const answer = { errorType: 'TypeError', errorMessage: 'no database', trace: [] };

  expect(() => dockerPayload(answer)).toThrow(
    expect.objectContaining({
      code: 'function_failed',
      message: 'no database',
      cause: expect.objectContaining({ name: 'TypeError' }),
    }),
  );
});

test('a process that ended in Docker is a crash', () => {
  const answer = { errorType: 'Runtime.ExitError', errorMessage: 'RequestId: 1 Error: Runtime exited' };

  expect(() => dockerPayload(answer)).toThrow(expect.objectContaining({ code: 'function_crashed' }));
});
