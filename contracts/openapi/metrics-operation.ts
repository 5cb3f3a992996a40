import * as z from 'zod';
import type { ZodOpenApiOperationObject } from 'zod-openapi';
import { everyResponse } from './headers.ts';
import { exampleValues, operation } from './operation.ts';

/** The metrics, for Prometheus. The typed client has no method for them. */

const example = `# HELP orderly_dead_letters_open Dead letters that wait for a decision.
# TYPE orderly_dead_letters_open gauge
orderly_dead_letters_open 2
# HELP orderly_scrape_success 1 if the source of gauges answered within its deadline, otherwise 0.
# TYPE orderly_scrape_success gauge
orderly_scrape_success{source="database"} 1
orderly_scrape_success{source="order-processing-group"} 1
`;

export const metricsOperation: ZodOpenApiOperationObject = operation({
  function: 'metrics',
  tag: 'Operations',
  scope: 'orders:admin',
  summary: 'Read the metrics of the stage',
  description:
    "The gauges of PostgreSQL and Kafka in Prometheus' text format 0.0.4, at most 5 seconds old. If a source does not answer within 5 seconds, the answer has no gauges of this source, and its `orderly_scrape_success` is 0. The status is still 200. Locally, the answer also has counters and histograms. A token that is bound to one customer is rejected.",
  answers: {
    200: {
      description: 'The metrics.',
      headers: everyResponse,
      content: { 'text/plain': { schema: z.string(), examples: exampleValues({ shortened: example }) } },
    },
  },
});
