import { createHash } from 'node:crypto';
import { stripTypeScriptTypes } from 'node:module';

/** Jest transform: Node's own type stripping, so that tests run exactly what Node and serverless-offline run. */
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source, { mode: 'strip' }) }),
  getCacheKey: (source) => createHash('sha1').update(source).update(process.version).digest('hex'),
};
