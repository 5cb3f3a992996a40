/** What gauges count they count so far, in some tens of milliseconds: an alarm does not need to know how many more there are. */
export const COUNTED_AT_MOST = 100_000;
