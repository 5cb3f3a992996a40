import { styleText } from 'node:util';
import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { type LogLevel, logSettings } from '../../config/config.ts';
import { sanitizeMessage } from '../../errors/orderly-error.ts';
import { traceFields } from '../traces/current-trace.ts';

/** Fields of a log line; names are snake_case. Never contains a body or a credential. */
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

let current: Log | undefined;

/** Writes one line per call: JSON on AWS, readable text locally. In a sampled trace, adds its ids. */
export const log: Log = (level, message, fields) => {
  current ??= createLogger();
  const ids = traceFields();
  current(level, message, ids === undefined ? fields : { ...fields, ...ids });
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

/** Returns whether lines of a level are written. */
export const isLogged = (level: LogLevel): boolean => severity[level] >= severity[logSettings().logLevel];

/**
 * Returns a logger for people: time, level, message and fields on one line. Uses colours only if the stream is a terminal. The
 * lines of one turn of the event loop are one write, because a write to a pipe or a file blocks the process.
 */
export function createPrettyLogger(minimum: LogLevel, stream: NodeJS.WriteStream): Log {
  const [gray = '', end = ''] = styleText('gray', '|', { stream }).split('|');
  const labels = Object.entries(colour).map(([level, name]) => [
    level,
    styleText(name, level.toUpperCase().padEnd(5), { stream }),
  ]);
  const labelOf: Readonly<Record<string, string>> = Object.fromEntries(labels);
  const { collect, flush } = collectWrites(stream);
  return (level, message, fields = {}) => {
    if (severity[level] < severity[minimum]) {
      return;
    }
    const time = new Date().toISOString().slice(11, 23);
    collect();
    stream.write(`${time} ${labelOf[level]} ${sanitizeMessage(message)}${gray}${fieldsText(fields)}${end}\n`);
    if (severity[level] >= severity.warn) {
      flush(); // what explains a crash precedes it, also if the process is killed
    }
  };
}

/**
 * Makes a stream collect what is written to it until the turn ends, the process exits, or `flush` is called. Writes of others
 * keep their place between the lines.
 */
function collectWrites(stream: NodeJS.WriteStream): { collect(): void; flush(): void } {
  let isCollecting = false;
  const flush = (): void => {
    if (isCollecting) {
      isCollecting = false;
      stream.uncork();
    }
  };
  process.on('exit', flush);
  return {
    collect: () => {
      if (!isCollecting) {
        isCollecting = true;
        stream.cork();
        setImmediate(flush);
      }
    },
    flush,
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
    const message = value.message || value.name;
    const cause = Error.isError(value.cause) ? value.cause.message : '';
    return cause === '' || message.includes(cause) ? message : `${message} (${cause})`;
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
