// Three tiers by suffix: .unit (no network), .int (real Kafka and PostgreSQL), .e2e (the real `npm start`).
const tier = (name, extra = {}) => ({
  displayName: name,
  testMatch: [`<rootDir>/test/**/*.${name}.test.ts`, `<rootDir>/plugins/*/test/**/*.${name}.test.ts`],
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/support/strip-types.mjs' },
  modulePathIgnorePatterns: ['<rootDir>/.local/'],
  ...extra,
});

export default {
  projects: [
    tier('unit'),
    tier('int', {
      globalSetup: '<rootDir>/test/support/servers-setup.ts',
      globalTeardown: '<rootDir>/test/support/servers-teardown.ts',
    }),
    tier('e2e'),
  ],
  // What the tests run in their own process; the end-to-end tests run the code in others.
  coverageProvider: 'v8',
  collectCoverageFrom: ['{lib,functions,local,deployment}/**/*.ts', 'plugins/*/src/**/*.ts', '!**/*.d.ts'],
  coverageReporters: ['text-summary', 'lcov'],
  coverageDirectory: '.local/coverage',
  maxWorkers: 2,
  testTimeout: 60_000,
};
