const roundTo3Digits = (number: number): number => Number(number.toPrecision(3));

/** Returns a duration with three significant digits, or two units: `6.1 ms`, `3.39 s`, `4 min 10 s`. */
export function durationText(ms: number): string {
  const exact = roundTo3Digits(Math.round(ms * 1_000) / 1_000);
  if (exact < 1_000) {
    return `${exact} ms`;
  }
  const seconds = roundTo3Digits(ms / 1_000);
  return seconds < 60 ? `${seconds} s` : twoUnits(Math.round(ms / 1_000));
}

function twoUnits(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) {
    return `${minutes} min ${seconds % 60} s`;
  }
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
