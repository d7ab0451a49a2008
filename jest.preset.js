import { fileURLToPath } from 'node:url';

/** Jest runs the sources as ES modules, as they ship; workspace packages resolve to their `src` through the custom condition. */
export default {
  // Models are made and trained: a busy machine may take longer than jest's five seconds. What takes long by itself says so.
  testTimeout: 30_000,
  testEnvironment: fileURLToPath(new URL('tools/test/environment.mjs', import.meta.url)),
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  // Packages that are written to be published have the names of their sources.
  modulePathIgnorePatterns: ['/packages/native/binaries/'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Property tests draw from one seed.
    '^fast-check$': fileURLToPath(new URL('tools/test/fast-check.mjs', import.meta.url)),
    '^fast-check-itself$': fileURLToPath(import.meta.resolve('fast-check')),
  },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  testEnvironmentOptions: { customExportConditions: ['@polytag/source', 'node'] },
};
