import type { LogLevel } from '../config/config.ts';

/** What happened and the facts that belong to it; never a body, never a credential. */
export type LogFields = Readonly<Record<string, unknown>>;

export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;
