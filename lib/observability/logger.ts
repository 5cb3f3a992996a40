import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { config } from '../config.ts';
import type { Log } from './log-line.ts';
import { createPrettyLogger } from './pretty-logger.ts';

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
