import { appendFileSync } from 'node:fs';
import type { MSKEvent } from 'aws-lambda';

const { BENCH_OUTPUT = '' } = process.env;

/** Writes when it was called, on the clock that all processes of a machine share, and how many records it got. */
export async function count(event: MSKEvent): Promise<void> {
  const nowNs = process.hrtime.bigint();
  const records = Object.values(event.records).reduce((sum, list) => sum + list.length, 0);
  appendFileSync(`${BENCH_OUTPUT}.count`, `${nowNs} ${records}\n`);
}

/** Writes when each record was produced, which is its value, and how many milliseconds it was under way. */
export async function arrive(event: MSKEvent): Promise<void> {
  const nowNs = process.hrtime.bigint();
  for (const { value } of Object.values(event.records).flat()) {
    const producedNs = BigInt(Buffer.from(value, 'base64').toString());
    appendFileSync(`${BENCH_OUTPUT}.arrive`, `${producedNs} ${Number(nowNs - producedNs) / 1e6}\n`);
  }
}
