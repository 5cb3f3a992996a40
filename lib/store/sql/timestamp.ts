import { isoTime } from '../../iso-time.ts';

/** Milliseconds as PostgreSQL reads a timestamptz. */
export const toTimestamp = isoTime;
