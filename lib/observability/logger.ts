import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { config } from '../config.ts';
import { createPrettyLogger } from './pretty-logger.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What happened and the facts that belong to it; never a body, never a credential. */
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

let current: Log | undefined;

/** One line per call: JSON on Lambda, where machines read it, readable text on a laptop. */
export const log: Log = (level, message, fields) => {
  current ??=
    config().stage === 'local' ? createPrettyLogger(config().logLevel, process.stdout) : createJsonLogger();
  current(level, message, fields);
};

function createJsonLogger(): Log {
  const logger = new PowertoolsLogger({ serviceName: 'orderly', logLevel: config().logLevel });
  return (level, message, fields = {}) => logger[level](message, fields);
}
