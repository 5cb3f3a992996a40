import { join } from 'node:path';
import { builtPage } from '../../lib/http/built-page.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';

/** `GET /docs` and `GET /docs/{file}` */
export const handler: HttpHandler = builtPage({
  directory: join(import.meta.dirname, '../../reference/dist'), // the package has the same relative path
  // Only files and answers of this API. Swagger UI sets styles from its script, which no style-src restricts; its icons are data: URLs.
  contentSecurityPolicy: [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
});
