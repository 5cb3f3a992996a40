import { styleText } from 'node:util';

/** The terminal output of a command. */
export interface Output {
  /** Prints one completed step with the time since the command started. */
  step(line: string): void;
  /** Prints a warning in the same form. */
  warn(line: string): void;
  /** Prints text unchanged. */
  print(text: string): void;
}

/** Writes to a stream, in colours only on a terminal. Ignores write errors, such as a closed pipe. */
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

/** Prints lines. Resolves when all are written: otherwise a slow reader loses the rest when the process ends. */
export async function printAll(stream: NodeJS.WriteStream, lines: readonly string[]): Promise<void> {
  const output = createOutput(stream);
  for (const line of lines) {
    output.print(line);
  }
  await new Promise<void>((resolve) => {
    stream.write('', () => resolve());
  });
}
