import preset from '../../jest.preset.js';

/** Whole training runs: a busy machine may take its time. */
export default { ...preset, testTimeout: 120_000 };
