import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger';
import { logSettings } from '../config/config.ts';
import type { Log } from './log-line.ts';
import { createPrettyLogger } from './pretty-logger.ts';

let current: Log | undefined;

/** One line per call: JSON on Lambda, where machines read it, readable text on a laptop. */
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
