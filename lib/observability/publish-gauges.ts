import { logSettings } from '../config/config.ts';
import { systemClock } from '../time/clock.ts';
import type { Gauges } from './gauges.ts';
import { log } from './logger.ts';
import { metricDocuments } from './metric-documents.ts';

/** To the log: CloudWatch makes metrics of it by itself. On a laptop, where nobody does, it is a line for `LOG_LEVEL=debug`. */
export function publishGauges(gauges: Gauges): void {
  const { stage } = logSettings();
  if (stage === 'local') {
    log('debug', 'publish-gauges', { ...gauges.database, ...gauges.groups });
    return;
  }
  for (const document of metricDocuments(gauges, stage, systemClock())) {
    process.stdout.write(`${JSON.stringify(document)}\n`); // the console would put a time and an id before it
  }
}
