// A local plugin must lie inside the service's folder.
export { default } from '../../../src/index.ts';
