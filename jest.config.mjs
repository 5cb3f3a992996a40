import { join } from 'node:path';

// Child processes of the tests keep compiled code here. It halves the CPU time of a start.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, '.local/compile-cache');

/**
 * Four tiers by suffix. `npm test` runs the first three, `npm run test:full` all of them.
 * unit: no network. int: real Kafka and PostgreSQL. e2e: a real `npm start` or the packaged templates.
 * slow: proofs and outages, which kill or freeze servers and wait for the recovery.
 */
const tier = (name, extra = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/**/*.${name}.test.ts`, `<rootDir>/plugins/*/test/**/*.${name}.test.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.mjs' },
  modulePathIgnorePatterns: ['<rootDir>/.local/'],
  setupFilesAfterEnv: ['<rootDir>/test/support/log-record/record-process-setup.ts'],
  ...extra,
});

/** Jest runs this pair once, even when both tiers that name it are selected. */
const sharedServers = {
  globalSetup: '<rootDir>/test/support/servers-setup.ts',
  globalTeardown: '<rootDir>/test/support/servers-teardown.ts',
};

export default {
  projects: [tier('unit'), tier('int', sharedServers), tier('e2e'), tier('slow', sharedServers)],
  // Packages and the shared `npm start` are made once per run, when a file asks for them.
  globalSetup: '<rootDir>/test/support/test-run-setup.ts',
  globalTeardown: '<rootDir>/test/support/test-run-teardown.ts',
  // Coverage counts the code that runs in the test's own process. `npm start` runs in others.
  coverageProvider: 'v8',
  collectCoverageFrom: [
    '{lib,functions,cli,ops,local,deployment}/**/*.ts',
    '{client,plugins/*}/src/**/*.ts',
    '!**/*.d.ts',
  ],
  coverageReporters: ['text-summary', 'lcov'],
  coverageDirectory: '.local/coverage',
  testSequencer: '<rootDir>/test/support/tier-sequencer.mjs',
  // Integration tests mostly wait for a server: four workers keep two cores busy. The slow tests, whose faults have deadlines, run three at a time.
  maxWorkers: 4,
  // Only ends a test that hangs. A machine that is four times as slow, or busy, must not reach it.
  testTimeout: 240_000,
};
