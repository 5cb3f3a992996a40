// A local plugin must be in the service's folder.
export { default } from '../../src/index.ts';
