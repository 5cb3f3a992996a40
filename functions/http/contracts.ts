import { join } from 'node:path';
import { contractFiles } from '../../lib/http/contract-files.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';

/** `GET /openapi.json`, `GET /asyncapi.json` and `GET /schemas/{name}` */
export const handler: HttpHandler = contractFiles(
  join(import.meta.dirname, '../../contracts'), // the package has the same relative path
);
