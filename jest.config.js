import preset from './jest.preset.js';

/** Every package at once: in one project, so that a source is transformed once and not for each package that imports it. */
export default {
  ...preset,
  testMatch: [
    'packages/*',
    'apps/*',
    'tools/{golden,bench,generators,soak,browser,hostile-images,hostile-models}',
  ].map((folder) => `<rootDir>/${folder}/src/**/*.spec.ts`),
  testSequencer: '<rootDir>/tools/test/sequencer.mjs',
};
