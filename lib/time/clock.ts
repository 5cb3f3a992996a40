/** Returns milliseconds since the epoch. It is a parameter wherever time matters, so that tests control it. */
export type Clock = () => number;

export const systemClock: Clock = () => Date.now();
