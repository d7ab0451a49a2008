import preset from './jest.preset.js';

/** Every package at once: in one project, so that a source is transformed once and not for each package that imports it. */
export default {
  ...preset,
  testMatch: [
    'packages/*',
    'apps/*',
    'tools/{golden,bench,generators,soak,browser,hostile-images,hostile-models}',
  ].map((folder) => `<rootDir>/${folder}/src/**/*.spec.ts`),
  // On Node 20 a context with ES modules is never freed: without this a worker grows to 4 GB, and collects garbage for long.
  workerIdleMemoryLimit: '1GB',
  testSequencer: '<rootDir>/tools/test/sequencer.mjs',
};
