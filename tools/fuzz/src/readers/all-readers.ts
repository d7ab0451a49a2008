import type { FuzzedReader } from '../reader.js';
import { CONFIGS } from './configs.js';
import { labelFiles } from './label-files.js';
import { modelFolders } from './model-folders.js';
import { RUN_FOLDERS } from './run-folders.js';

/** Everything that reads files of others but images, and files of weights, which `@polytag/checkpoints` damages itself. */
export const allReaders = async (): Promise<readonly FuzzedReader[]> => [
  ...(await labelFiles()),
  ...CONFIGS,
  ...RUN_FOLDERS,
  ...(await modelFolders()),
];
