import { styleText } from 'node:util';
import type { LogLevel } from '../config/config.ts';
import { sanitizeMessage } from '../errors/orderly-error.ts';
import type { Log, LogFields } from './log-line.ts';

const severity: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const colour = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

/** Lines for a person: time, level, message, then the facts; colours only where the stream is a terminal. */
export function createPrettyLogger(minimum: LogLevel, stream: NodeJS.WriteStream): Log {
  return (level, message, fields = {}) => {
    if (severity[level] < severity[minimum]) {
      return;
    }
    const time = new Date().toISOString().slice(11, 23);
    const label = styleText(colour[level], level.toUpperCase().padEnd(5), { stream });
    stream.write(
      `${time} ${label} ${sanitizeMessage(message)}${styleText('gray', facts(fields), { stream })}\n`,
    );
  };
}

function facts(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${sanitizeMessage(fact(value))}`)
    .join('');
}

function fact(value: unknown): string {
  if (Error.isError(value)) {
    return [value.message || value.name, Error.isError(value.cause) ? `(${value.cause.message})` : '']
      .join(' ')
      .trim();
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
