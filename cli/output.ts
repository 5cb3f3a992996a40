import { styleText } from 'node:util';

/** What a command tells the person who started it. */
export interface Output {
  /** One thing that was done, with the time since the command started. */
  step(line: string): void;
  /** Something that needs a look. */
  warn(line: string): void;
  /** Text as it is. */
  print(text: string): void;
}

/** Writes to a stream, with colours only where it is a terminal. A reader that has gone away is no error. */
export function createOutput(stream: NodeJS.WriteStream): Output {
  const startedAt = performance.now();
  stream.on('error', () => undefined);
  const elapsed = (): string => `${((performance.now() - startedAt) / 1000).toFixed(1).padStart(5)} s`;
  return {
    step: (line) => stream.write(`${styleText('gray', elapsed(), { stream })}  ${line}\n`),
    warn: (line) => stream.write(`${styleText('yellow', elapsed(), { stream })}  ${line}\n`),
    print: (text) => stream.write(`${text}\n`),
  };
}
