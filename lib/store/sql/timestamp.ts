/** Milliseconds as PostgreSQL reads a timestamptz. */
export const toTimestamp = (ms: number): string => new Date(ms).toISOString();
