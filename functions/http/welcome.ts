import { version } from '../../lib/config/version.ts';
import { endpoint, json } from '../../lib/http/endpoint.ts';
import type { HttpHandler } from '../../lib/http/http-function.ts';
import { welcome } from '../../lib/http/welcome.ts';

/** `GET /` */
export const handler: HttpHandler = endpoint(async () => json(200, welcome(version)));
