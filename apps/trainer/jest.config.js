import preset from '../../jest.preset.js';

export default { ...preset, setupFilesAfterEnv: ['<rootDir>/jest.setup.js'] };
