import * as z from 'zod';

/** What an answer says about the orders of its request. */
export interface Answer {
  /** The ids that were acknowledged. */
  readonly acknowledged: readonly string[];
  /** For each order that was not, why: `503 kafka_unavailable`. */
  readonly errors: readonly string[];
}

const accepted = z.object({ order_id: z.string(), status: z.literal('PENDING') });
const problem = z.object({ code: z.string() });
const bulk = z.object({ results: z.array(z.union([accepted, problem])) });

/** Total: what cannot be understood, or leaves out an order, is an error of each order concerned. */
export function readAnswer(status: number, body: string, sentIds: readonly string[]): Answer {
  const json = parseJson(body);
  const results = bulk.safeParse(json).data?.results ?? [json];
  const acknowledgedIds = new Set(
    results.flatMap((result) => accepted.safeParse(result).data?.order_id ?? []),
  );
  const isPositive = status === 202 || status === 207;
  const acknowledged = isPositive ? sentIds.filter((id) => acknowledgedIds.has(id)) : [];

  const codes = [...results, json].flatMap((result) => problem.safeParse(result).data?.code ?? []);
  const why = `${status} ${codes[0] ?? 'without an explanation'}`;
  return { acknowledged, errors: Array(sentIds.length - acknowledged.length).fill(why) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
