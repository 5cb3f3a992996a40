import { appendFileSync } from 'node:fs';
import type { MSKEvent } from 'aws-lambda';

const { BENCH_OUTPUT = '' } = process.env;

/** Writes the time of the call, from the machine-wide clock, and the number of records. */
export async function count(event: MSKEvent): Promise<void> {
  const nowNs = process.hrtime.bigint();
  const records = Object.values(event.records).reduce((sum, list) => sum + list.length, 0);
  appendFileSync(`${BENCH_OUTPUT}.count`, `${nowNs} ${records}\n`);
}

/** Writes the time at which each record was produced, which is its value, and its latency in ms. */
export async function arrive(event: MSKEvent): Promise<void> {
  const nowNs = process.hrtime.bigint();
  for (const { value } of Object.values(event.records).flat()) {
    const producedNs = BigInt(Buffer.from(value, 'base64').toString());
    appendFileSync(`${BENCH_OUTPUT}.arrive`, `${producedNs} ${Number(nowNs - producedNs) / 1e6}\n`);
  }
}
