import { createInterface } from 'node:readline/promises';
import { OrderlyError } from '../../lib/errors/orderly-error.ts';

/** Prompts for a line and returns it; undefined without a terminal. */
export type Ask = ((question: string) => Promise<string>) | undefined;

export const askOnTerminal: Ask = process.stdin.isTTY
  ? async (question) => {
      const terminal = createInterface({ input: process.stdin, output: process.stdout });
      try {
        return await terminal.question(question);
      } finally {
        terminal.close();
      }
    }
  : undefined;

export interface Question {
  /** The consequences of a confirmation, in full sentences. */
  readonly text: string;
  readonly stage: string;
  readonly ask: Ask;
  /** The end of the message without a confirmation, such as "Nothing was removed". */
  readonly otherwise: string;
  /** How to confirm without a terminal, in a full sentence. */
  readonly withoutTerminal: string;
}

/** Asks for the name of the stage. @throws OrderlyError if the answer is different, or without a terminal. */
export async function confirm({ text, stage, ask, otherwise, withoutTerminal }: Question): Promise<void> {
  const typed = await ask?.(`${text} Type the stage's name to continue: `);
  if (typed?.trim() !== stage) {
    throw new OrderlyError(
      'deployment',
      typed === undefined
        ? `${otherwise}: there is no terminal to confirm on. ${withoutTerminal}`
        : `${otherwise}: "${typed.trim()}" is not the stage's name.`,
    );
  }
}
