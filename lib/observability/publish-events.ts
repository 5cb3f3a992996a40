import { logSettings } from '../config/config.ts';
import { systemClock } from '../time/clock.ts';
import type { FactEvent, FactName, OperationEvent, OperationName } from './flow-events.ts';
import { factLine, type LogLine, operationLine } from './logs/log-lines.ts';
import { isLogged, log } from './logs/logger.ts';
import { metricDocuments, writeDocument } from './metrics/emf.ts';
import { addToLocalRegistry } from './metrics/local-registry.ts';
import { factMeasurements, type Measurement, operationMeasurements } from './metrics/measurements.ts';

/** Publishes the event of an operation. `isNested`: it is a part of an invocation. */
export function publishOperation<Name extends OperationName>(
  event: OperationEvent<Name>,
  isNested: boolean,
): void {
  publish(operationLine(event), operationMeasurements(event), isNested);
}

/** Publishes a fact. `isNested`: an operation is running. */
export function publishFact<Name extends FactName>(event: FactEvent<Name>, isNested: boolean): void {
  publish(factLine(event), factMeasurements(event), isNested);
}

/** The measurements of nested events. They are written with the line of the next invocation that ends. */
let pending: Measurement[] = [];

function publish(line: LogLine | undefined, measured: readonly Measurement[], isNested: boolean): void {
  const { stage } = logSettings();
  if (stage === 'local') {
    addToLocalRegistry(measured);
    writeLine(line);
    return;
  }
  pending.push(...measured);
  if (isNested) {
    writeLine(line);
    return;
  }
  const documents = metricDocuments(pending, stage, systemClock());
  pending = [];
  const isWritten = line !== undefined && isLogged(line.level);
  writeLine(line, isWritten ? documents.shift() : undefined);
  documents.forEach(writeDocument);
}

function writeLine(line: LogLine | undefined, document: Readonly<Record<string, unknown>> = {}): void {
  if (line !== undefined) {
    log(line.level, line.message, { ...line.fields, ...document });
  }
}
