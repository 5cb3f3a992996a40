import * as z from 'zod';

/** The result of each order of one request. */
export interface Answer {
  /** The ids of acknowledged orders. */
  readonly acknowledged: readonly string[];
  /** One reason for each other order: `503 kafka_unavailable`. */
  readonly errors: readonly string[];
}

const accepted = z.object({ order_id: z.string(), status: z.literal('PENDING') });
const problem = z.object({ code: z.string() });
const bulk = z.object({ results: z.array(z.union([accepted, problem])) });

/** Never throws: an unreadable answer, or a missing order in it, is an error of the orders concerned. */
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
