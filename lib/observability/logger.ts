import { styleText } from 'node:util';
import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { type LogLevel, logSettings } from '../config/config.ts';
import { sanitizeMessage } from '../errors/orderly-error.ts';

/** Fields of a log line; names are snake_case. Never contains a body or a credential. */
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

let current: Log | undefined;

/** Writes one line per call: JSON on AWS, readable text on a laptop. */
export const log: Log = (level, message, fields) => {
  current ??= createLogger();
  current(level, message, fields);
};

function createLogger(): Log {
  const { stage, logLevel } = logSettings();
  if (stage === 'local') {
    return createPrettyLogger(logLevel, process.stdout);
  }
  const logger = new PowertoolsLogger({ serviceName: 'orderly', logLevel });
  return (level, message, fields = {}) => logger[level](message, fields);
}

const severity: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };
const colour = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

/** Returns a logger for people: time, level, message and fields on one line. Uses colours only if the stream is a terminal. */
export function createPrettyLogger(minimum: LogLevel, stream: NodeJS.WriteStream): Log {
  return (level, message, fields = {}) => {
    if (severity[level] < severity[minimum]) {
      return;
    }
    const time = new Date().toISOString().slice(11, 23);
    const label = styleText(colour[level], level.toUpperCase().padEnd(5), { stream });
    stream.write(
      `${time} ${label} ${sanitizeMessage(message)}${styleText('gray', fieldsText(fields), { stream })}\n`,
    );
  };
}

function fieldsText(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${sanitizeMessage(valueText(value))}`)
    .join('');
}

function valueText(value: unknown): string {
  if (Error.isError(value)) {
    return [value.message || value.name, Error.isError(value.cause) ? `(${value.cause.message})` : '']
      .join(' ')
      .trim();
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
