import { isAbsolute, join } from 'node:path';
import type { RunConfig } from './run-config.js';

/** Where a label file of a config is. */
export const labelFilePath = ({ root }: Pick<RunConfig['data'], 'root'>, file: string): string =>
  isAbsolute(file) ? file : join(root, file);
