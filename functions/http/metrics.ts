import { config } from '../../lib/config/config.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { protectedEndpoint } from '../../lib/http/protected-endpoint.ts';
import { PROMETHEUS_CONTENT_TYPE } from '../../lib/observability/metrics/prometheus-text.ts';
import { metricsPage } from '../../lib/runtime/metrics-page.ts';
import { scrapeGauges } from '../../lib/runtime/scrape-gauges.ts';

/** `GET /api/metrics` */
export const handler: HttpHandler = protectedEndpoint('orders:admin', async () => ({
  statusCode: 200,
  headers: { 'content-type': PROMETHEUS_CONTENT_TYPE },
  body: metricsPage(await scrapeGauges(), config().stage),
}));
