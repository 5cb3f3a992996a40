import { join, relative } from 'node:path';
import { afterAll, expect } from '@jest/globals';
import { lineRecorder, TEST_LOG_SOURCE } from './log-record.ts';

/** Records the log lines of functions that a test file calls in its own process. Jest loads this before each test file. */

const PROJECT_ROOT = join(import.meta.dirname, '../../..');

process.env[TEST_LOG_SOURCE] = relative(PROJECT_ROOT, expect.getState().testPath ?? '');

const restores = [process.stdout, process.stderr].map((stream) => {
  const recorder = lineRecorder('in-process');
  const { write } = stream;
  let isRecording = true;
  const recordingWrite: typeof write = (chunk: Uint8Array | string, ...rest: unknown[]): boolean => {
    if (isRecording) {
      recorder.add(typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
    }
    return Reflect.apply(write, stream, [chunk, ...rest]);
  };
  stream.write = recordingWrite;
  return () => {
    stream.write = write;
    isRecording = false;
    recorder.end();
  };
});

// Jest writes its own output to these streams after the test file. The next file of this worker has the same streams, and
// a mock that is restored later puts this write function back: it must not record lines of another file.
afterAll(() => {
  for (const restore of restores) {
    restore();
  }
});
