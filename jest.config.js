import preset from './jest.preset.js';

export default {
  projects: ['<rootDir>/packages/*', '<rootDir>/apps/*', '<rootDir>/tools/golden', '<rootDir>/tools/bench', '<rootDir>/tools/soak'],
  // Jest hears a project's own only when it runs alone.
  testTimeout: preset.testTimeout,
};
