import preset from './jest.preset.js';

export default {
  projects: [
    '<rootDir>/packages/*',
    '<rootDir>/apps/*',
    ...['golden', 'bench', 'soak', 'browser', 'hostile-images', 'hostile-models'].map(
      (tool) => `<rootDir>/tools/${tool}`,
    ),
  ],
  // Jest hears a project's own only when it runs alone.
  testTimeout: preset.testTimeout,
  testSequencer: '<rootDir>/tools/test/sequencer.mjs',
};
