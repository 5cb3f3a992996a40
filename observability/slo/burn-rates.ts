/** The objectives hold for this window. */
export const OBJECTIVE_WINDOW = '30d';

/** With fewer bad events there is no alert, because a single one is a large share if there are few events. */
export const MINIMUM_BAD_EVENTS = 10;

/** A range of time before now. */
export interface Window {
  /** As in PromQL: `5m`. */
  readonly name: string;
  readonly seconds: number;
}

/**
 * A burn rate: how many times faster than planned the error budget is used. An alert fires if both windows exceed it. The
 * long window shows that a significant part of the budget is used, the short window that the failure has not ended.
 */
export interface BurnRate {
  /** `page`: act now. `ticket`: act in the next days. */
  readonly severity: 'page' | 'ticket';
  readonly rate: number;
  readonly long: Window;
  /** A twelfth of the long window. */
  readonly short: Window;
}

const secondsOf = { m: 60, h: 3_600, d: 86_400 } as const;
type WindowName = `${number}${keyof typeof secondsOf}`;

const last = (name: WindowName): Window => {
  const unit = name.endsWith('m') ? 'm' : name.endsWith('h') ? 'h' : 'd';
  return { name, seconds: Number.parseInt(name, 10) * secondsOf[unit] };
};

/**
 * The rates and windows that https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts recommends.
 * An alert starts after 2 %, 5 % and 10 % of the error budget of 30 days.
 */
export const burnRates: readonly BurnRate[] = [
  { severity: 'page', rate: 14.4, long: last('1h'), short: last('5m') },
  { severity: 'page', rate: 6, long: last('6h'), short: last('30m') },
  { severity: 'ticket', rate: 1, long: last('3d'), short: last('6h') },
];
