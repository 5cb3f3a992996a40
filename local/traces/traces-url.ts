import { LOCAL_HOST } from '../process/ports.ts';
import type { Settings } from '../settings.ts';

/** Returns the URL of the trace store of `npm start`: its OTLP endpoint and its read interface. */
export const tracesUrl = ({ tracesPort }: Pick<Settings, 'tracesPort'>): string =>
  `http://${LOCAL_HOST}:${tracesPort}`;
